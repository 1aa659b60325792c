import LimitCore

extension StatedRule {
    private static let window: Microseconds = 1_000_000
    private static let fixed = Limit(.fixedWindow, count: 1000, window: window)
    private static let sliding = Limit(.slidingWindow, count: 1000, window: window)
    private static let bucket = Limit(.tokenBucket, count: 1000, window: window)
    private static let log = Limit(.slidingLog, count: 1000, window: window)

    static let giveBacks: [StatedRule] =
        windows + [
            StatedRule(
                "a log gives back from the entry of the charge while that counts",
                gaps: [.leases, .slidingLog],
                [
                    opens(1, 500, log, at: 0, remaining: 500, reset: window),
                    opens(2, 300, log, at: window / 2, remaining: 200, reset: window),
                    settles(1, 100, at: window - 1),
                    admits(0, log, at: window - 1, remaining: 600, reset: window / 2 + 1),
                    admits(0, log, at: window, remaining: 700, reset: window / 2),
                    settles(2, 0, at: window),
                    admits(0, log, at: window, remaining: 1000, reset: 0),
                ]
            ),
            StatedRule(
                "a log gives nothing back of an entry that is over",
                gaps: [.leases, .slidingLog],
                [
                    opens(1, 500, log, at: 0, remaining: 500, reset: window),
                    admits(300, log, at: window, remaining: 700, reset: window),
                    settles(1, 0, at: window),
                    admits(0, log, at: window, remaining: 700, reset: window),
                ]
            ),
            StatedRule(
                "a bucket gives back what is not refilled, and no more",
                gaps: [.leases],
                [
                    opens(1, 900, bucket, at: 0, remaining: 100, reset: 900_000),
                    settles(1, 0, at: 500_000),
                    admits(0, bucket, at: 500_000, remaining: 1000, reset: 0),
                    admits(1000, bucket, at: 500_000, remaining: 0, reset: window),
                ]
            ),
            StatedRule(
                "a bucket gives nothing back of a time before it was full",
                gaps: [.leases],
                [
                    opens(1, 900, bucket, at: 0, remaining: 100, reset: 900_000),
                    admits(700, bucket, at: 900_000, remaining: 300, reset: 700_000),
                    settles(1, 0, at: 900_000),
                    admits(0, bucket, at: 900_000, remaining: 300, reset: 700_000),
                ]
            ),
            StatedRule(
                "what a bucket refilled is taken off the oldest charge",
                gaps: [.leases],
                [
                    opens(1, 400, bucket, at: 0, remaining: 600, reset: 400_000),
                    opens(2, 400, bucket, at: 200_000, remaining: 400, reset: 600_000),
                    settles(1, 0, at: 400_000),
                    admits(0, bucket, at: 400_000, remaining: 600, reset: 400_000),
                    settles(2, 0, at: 400_000),
                    admits(0, bucket, at: 400_000, remaining: 1000, reset: 0),
                ]
            ),
            StatedRule(
                "a unit that a bucket has partly refilled is not given back before later charges",
                gaps: [.leases],
                [
                    opens(1, 2, bucket, at: 0, remaining: 998, reset: 2000),
                    opens(2, 2, bucket, at: 0, remaining: 996, reset: 4000),
                    settles(1, 0, at: 500),
                    admits(0, bucket, at: 500, remaining: 997, reset: 2500),
                    settles(2, 0, at: 500),
                    admits(0, bucket, at: 500, remaining: 999, reset: 500),
                ]
            ),
            StatedRule(
                "a step back takes nothing from what a bucket gives back",
                gaps: [.leases],
                [
                    opens(1, 900, bucket, at: 0, remaining: 100, reset: 900_000),
                    settles(1, 412, at: -5000),
                    admits(0, bucket, at: -5000, remaining: 588, reset: 412_000),
                ]
            ),
        ]

    private static let windows: [StatedRule] = [
        StatedRule(
            "a fixed window that has ended gives nothing back",
            gaps: [.leases],
            [
                opens(1, 900, fixed, at: 0, remaining: 100, reset: window),
                admits(500, fixed, at: window, remaining: 500, reset: window),
                settles(1, 0, at: window),
                admits(0, fixed, at: window, remaining: 500, reset: window),
            ]
        ),
        StatedRule(
            "a fixed window gives back until just before its end",
            gaps: [.leases],
            [
                opens(1, 900, fixed, at: 0, remaining: 100, reset: window),
                settles(1, 400, at: window - 1),
                admits(0, fixed, at: window - 1, remaining: 600, reset: 1),
            ]
        ),
        StatedRule(
            "a window that was given back whole is as if it had not begun",
            gaps: [.leases],
            [
                opens(1, 900, fixed, at: 0, remaining: 100, reset: window),
                settles(1, 0, at: 500),
                admits(1, fixed, at: 700, remaining: 999, reset: window),
            ]
        ),
        StatedRule(
            "a window that the clock moved gives nothing back",
            gaps: [.leases],
            [
                opens(1, 900, fixed, at: 0, remaining: 100, reset: window),
                settles(1, 0, at: -window - 1),
                admits(0, fixed, at: -window - 1, remaining: 100, reset: window),
            ]
        ),
        StatedRule(
            "a period of the calendar gives back in itself and not in the next",
            gaps: [.leases, .calendar],
            [
                opens(1, 400, minute, at: 0, remaining: 600, reset: 20_000_000),
                opens(2, 400, minute, at: 0, time: 60_000_000, remaining: 200, reset: 20_000_000),
                settles(1, 0, at: 9_999_999),
                admits(0, minute, at: 9_999_999, remaining: 600, reset: 10_000_001),
                admits(500, minute, at: 20_000_000, remaining: 500, reset: 60_000_000),
                settles(2, 0, at: 20_000_000),
                admits(0, minute, at: 20_000_000, remaining: 500, reset: 60_000_000),
            ]
        ),
        StatedRule(
            "a sliding window gives back one window later, from the one before",
            gaps: [.leases],
            [
                opens(1, 900, sliding, at: 0, remaining: 100, reset: 2 * window),
                admits(100, sliding, at: 3 * window / 2, remaining: 450, reset: 3 * window / 2),
                settles(1, 400, at: 3 * window / 2),
                admits(0, sliding, at: 3 * window / 2, remaining: 700, reset: 3 * window / 2),
            ]
        ),
        StatedRule(
            "a sliding window gives nothing back two windows later",
            gaps: [.leases],
            [
                opens(1, 900, sliding, at: 0, remaining: 100, reset: 2 * window),
                admits(500, sliding, at: 2 * window, remaining: 500, reset: 2 * window),
                settles(1, 0, at: 2 * window),
                admits(0, sliding, at: 2 * window, remaining: 500, reset: 2 * window),
            ]
        ),
    ]

    private static let minute = Limit(.fixedWindow, count: 1000, window: 60_000_000, calendar: .minute)
}
