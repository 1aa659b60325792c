import LimitCore

/// Calls to a pool of models: so many a minute, so many tokens, so many at once, and so many of all clients.
extension StatedRule {
    private static let minute: Microseconds = 60_000_000
    private static let second: Microseconds = 1_000_000
    private static let calls = Limit(.fixedWindow, count: 60, window: minute)
    private static let tokens = Limit(.tokenBucket, count: 90_000, window: minute, burst: 120_000)
    private static let inflight = Limit(.concurrency, count: 2, window: 2 * second)
    private static let fleet = Limit(.slidingWindow, count: 2000, window: minute)

    private static let call = [
        charge("rpm", calls), charge("tpm", tokens, 900), charge("inflight", inflight), charge("fleet", fleet),
    ]

    static let leasesOfSeveral: [StatedRule] = [
        StatedRule(
            "calls, tokens, slots and the fleet's limit are charged together or not at all",
            gaps: [.leases, .concurrency],
            [
                opens(
                    1,
                    call,
                    at: 0,
                    [
                        fits(remaining: 59, reset: minute), fits(remaining: 119_100, reset: 600_000),
                        fits(remaining: 1, reset: 2 * second), fits(remaining: 1999, reset: 2 * minute),
                    ]
                ),
                opens(
                    2,
                    call,
                    at: 0,
                    [
                        fits(remaining: 58, reset: minute), fits(remaining: 118_200, reset: 1_200_000),
                        fits(remaining: 0, reset: 2 * second), fits(remaining: 1998, reset: 2 * minute),
                    ]
                ),
                opensNone(
                    3,
                    call,
                    at: 0,
                    [
                        fits(remaining: 58, reset: minute), fits(remaining: 118_200, reset: 1_200_000),
                        limited(remaining: 0, reset: 2 * second, retry: .after(second)),
                        fits(remaining: 1998, reset: 2 * minute),
                    ]
                ),
                settles(1, 412, on: "tpm", at: 0),
                opens(
                    3,
                    call,
                    at: 0,
                    [
                        fits(remaining: 57, reset: minute), fits(remaining: 117_788, reset: 1_474_667),
                        fits(remaining: 0, reset: 2 * second), fits(remaining: 1997, reset: 2 * minute),
                    ]
                ),
            ]
        ),
        StatedRule(
            "a call that its rate refuses takes no slot",
            gaps: [.leases, .concurrency],
            [
                opens(
                    1,
                    [charge("rpm", one), charge("inflight", inflight)],
                    at: 0,
                    [fits(remaining: 0, reset: minute), fits(remaining: 1, reset: 2 * second)]
                ),
                opensNone(
                    2,
                    [charge("rpm", one), charge("inflight", inflight)],
                    at: 0,
                    [
                        limited(remaining: 0, reset: minute, retry: .after(minute)),
                        fits(remaining: 1, reset: 2 * second),
                    ]
                ),
            ]
        ),
        StatedRule(
            "charges of a lease on one counter are held as one",
            gaps: [.leases],
            [
                StatedRule.Moment(
                    at: 0,
                    inquiry: .check(
                        TestCheck(
                            charge("rule", calls, 20),
                            charge("rule", calls, 10),
                            lease: LeaseTerms(id: 1, time: second)
                        )
                    ),
                    expected: .answer(
                        Answer(
                            .admitted,
                            [fits(remaining: 30, reset: minute), fits(remaining: 30, reset: minute)],
                            grant: TestGrant(expiry: ManualClock.start + second, amounts: [0: 30])
                        )
                    )
                ),
                settles(1, 12, at: 0),
                admits(0, calls, at: 0, remaining: 48, reset: minute),
            ]
        ),
    ]

    private static let one = Limit(.fixedWindow, count: 1, window: minute)
}
