import LimitCore

/// Charges below 0 give back from what counts in the current window, whoever was charged.
extension StatedRule {
    private static let window: Microseconds = 1_000_000
    private static let fixed = Limit(.fixedWindow, count: 10, window: window)
    private static let sliding = Limit(.slidingWindow, count: 10, window: window)
    private static let bucket = Limit(.tokenBucket, count: 10, window: window)
    private static let log = Limit(.slidingLog, count: 10, window: window)
    private static let minute = Limit(.fixedWindow, count: 10, window: 60 * window, calendar: .minute)

    static let costsBelowZero: [StatedRule] =
        givenBackByAlgorithm + [
            StatedRule(
                "a charge and what is given back on one counter are added up",
                [
                    admits(8, fixed, at: 0, remaining: 2, reset: window),
                    Moment(
                        0,
                        both(5, -3),
                        .admitted,
                        [fits(remaining: 0, reset: window), fits(remaining: 0, reset: window)]
                    ),
                    Moment(
                        0,
                        both(5, -7),
                        .admitted,
                        [fits(remaining: 2, reset: window), fits(remaining: 2, reset: window)]
                    ),
                    Moment(
                        0,
                        both(4, -4),
                        .admitted,
                        [fits(remaining: 2, reset: window), fits(remaining: 2, reset: window)]
                    ),
                ]
            ),
            StatedRule(
                "what gives back is never in the way, and is not given back where another charge is",
                [
                    admits(8, fixed, at: 0, remaining: 2, reset: window),
                    Moment(
                        0,
                        both(4, -1),
                        .refused,
                        [
                            limited(remaining: 2, reset: window, retry: .after(window)),
                            fits(remaining: 2, reset: window),
                        ]
                    ),
                    Moment(
                        0,
                        TestCheck(
                            TestCharge(CounterName("rule"), fixed, cost: -4),
                            TestCharge(CounterName("other"), fixed, cost: 11)
                        ),
                        .refused,
                        [fits(remaining: 2, reset: window), limited(remaining: 10, reset: 0, retry: .never)]
                    ),
                    admits(0, fixed, at: 0, remaining: 2, reset: window),
                ]
            ),
            StatedRule(
                "a peek at what would be given back gives nothing back",
                [
                    admits(8, fixed, at: 0, remaining: 2, reset: window),
                    admits(-3, fixed, at: 0, remaining: 2, reset: window).peeking,
                    admits(0, fixed, at: 0, remaining: 2, reset: window),
                ]
            ),
            StatedRule(
                "what is given back ends a debt",
                [
                    admits(9, overdraft, at: 0, remaining: 1, reset: window),
                    admits(5, overdraft, at: 0, remaining: 0, reset: window),
                    refuses(0, overdraft, at: 0, remaining: 0, reset: window, retry: .after(window)),
                    admits(-6, overdraft, at: 0, remaining: 2, reset: window),
                    admits(0, overdraft, at: 0, remaining: 2, reset: window),
                ]
            ),
            StatedRule(
                "a lease gives back what others have left of its window",
                gaps: [.leases],
                [
                    opens(1, 6, fixed, at: 0, remaining: 4, reset: window),
                    admits(-4, fixed, at: 1, remaining: 8, reset: window - 1),
                    settles(1, 1, at: 1),
                    admits(3, fixed, at: 1, remaining: 7, reset: window),
                ]
            ),
        ]

    private static let givenBackByAlgorithm: [StatedRule] = [
        StatedRule(
            "a fixed window gives back what is spent in it and no more",
            [
                admits(7, fixed, at: 0, remaining: 3, reset: window),
                admits(-3, fixed, at: 500, remaining: 6, reset: window - 500),
                admits(-100, fixed, at: 600, remaining: 10, reset: 0),
                admits(1, fixed, at: 700, remaining: 9, reset: window),
                admits(-1, fixed, at: window + 700, remaining: 10, reset: 0),
                admits(2, fixed, at: window + 800, remaining: 8, reset: window),
            ]
        ),
        StatedRule(
            "a period of the calendar gives back what is spent in it",
            gaps: [.calendar],
            [
                admits(7, minute, at: 0, remaining: 3, reset: 20_000_000),
                admits(-3, minute, at: 5_000_000, remaining: 6, reset: 15_000_000),
                admits(2, minute, at: 20_000_000, remaining: 8, reset: 60_000_000),
                admits(-9, minute, at: 20_000_000, remaining: 10, reset: 0),
            ]
        ),
        StatedRule(
            "a sliding window gives back from the current window alone",
            [
                admits(8, sliding, at: 0, remaining: 2, reset: 2 * window),
                admits(3, sliding, at: 3 * window / 2, remaining: 3, reset: 3 * window / 2),
                admits(-5, sliding, at: 3 * window / 2, remaining: 6, reset: window / 2),
                admits(-5, sliding, at: 3 * window / 2, remaining: 6, reset: window / 2),
            ]
        ),
        StatedRule(
            "a bucket gives back what is not refilled, and goes on with the unit it refills",
            [
                admits(5, bucket, at: 0, remaining: 5, reset: 500_000),
                admits(-2, bucket, at: 50_000, remaining: 7, reset: 250_000),
                admits(-3, bucket, at: 150_000, remaining: 10, reset: 0),
                admits(10, bucket, at: 150_000, remaining: 0, reset: window),
            ]
        ),
        StatedRule(
            "a log gives back the oldest charges, so that no later one is over before its time",
            gaps: [.slidingLog],
            [
                admits(4, log, at: 0, remaining: 6, reset: window),
                admits(4, log, at: window / 2, remaining: 2, reset: window),
                admits(-3, log, at: window / 2, remaining: 5, reset: window),
                admits(0, log, at: window, remaining: 6, reset: window / 2),
                admits(-1, log, at: window, remaining: 7, reset: window / 2),
                admits(0, log, at: 3 * window / 2, remaining: 10, reset: 0),
            ]
        ),
        StatedRule(
            "a log that has given all back is as new",
            gaps: [.slidingLog],
            [
                admits(4, log, at: 0, remaining: 6, reset: window),
                admits(4, log, at: window / 2, remaining: 2, reset: window),
                admits(-8, log, at: window / 2, remaining: 10, reset: 0),
                admits(10, log, at: window / 4, remaining: 0, reset: window),
            ]
        ),
    ]

    private static let overdraft = Limit(.fixedWindow, count: 10, window: window, overdraft: true)

    private static func both(_ first: Int64, _ second: Int64) -> TestCheck {
        TestCheck(
            TestCharge(CounterName("rule"), fixed, cost: first),
            TestCharge(CounterName("rule"), fixed, cost: second)
        )
    }
}
