import LimitCore

extension StatedRule {
    private static let fixed = Limit(.fixedWindow, count: 10, window: 1000)
    private static let overdrawn = Limit(.fixedWindow, count: 10, window: 1000, overdraft: true)
    private static let largest = Limit(.fixedWindow, count: Amount.max, window: 1000, overdraft: true)
    private static let largestBucket = Limit(.tokenBucket, count: Amount.max, window: 1000, overdraft: true)
    private static let longest = Limit(.slidingWindow, count: Amount.max, window: longestWindow)

    static let costs: [StatedRule] =
        [
            StatedRule(
                "cost 0 starts no window",
                [
                    admits(0, fixed, at: 0, remaining: 10, reset: 0),
                    admits(1, fixed, at: 500, remaining: 9, reset: 1000),
                    admits(0, fixed, at: 1499, remaining: 9, reset: 1),
                ]
            ),
            StatedRule(
                "cost 0 is refused only in debt",
                [
                    admits(10, fixed, at: 0, remaining: 0, reset: 1000),
                    admits(0, fixed, at: 0, remaining: 0, reset: 1000),
                    refuses(
                        0,
                        Limit(.fixedWindow, count: 9, window: 1000),
                        at: 1,
                        remaining: 0,
                        reset: 999,
                        retry: .after(999)
                    ),
                ]
            ),
            StatedRule(
                "a cost above the capacity never fits",
                [
                    refuses(11, fixed, at: 0, remaining: 10, reset: 0, retry: .never),
                    admits(10, fixed, at: 0, remaining: 0, reset: 1000),
                ]
            ),
            StatedRule(
                "a cost above a shrunk capacity is asked again in a second",
                [
                    refuses(
                        11,
                        Limit(.fixedWindow, count: 10, window: 1000, ceiling: 11),
                        at: 0,
                        remaining: 10,
                        reset: 0,
                        retry: .after(1_000_000)
                    ),
                    refuses(
                        12,
                        Limit(.fixedWindow, count: 10, window: 1000, ceiling: 11),
                        at: 0,
                        remaining: 10,
                        reset: 0,
                        retry: .never
                    ),
                ]
            ),
            StatedRule(
                "overdraft admits any cost while anything is left, and charges it whole",
                [
                    admits(9, overdrawn, at: 0, remaining: 1, reset: 1000),
                    admits(50, overdrawn, at: 1, remaining: 0, reset: 999),
                    refuses(1, overdrawn, at: 2, remaining: 0, reset: 998, retry: .after(998)),
                    refuses(0, overdrawn, at: 2, remaining: 0, reset: 998, retry: .after(998)),
                    refuses(500, overdrawn, at: 2, remaining: 0, reset: 998, retry: .after(998)),
                    refuses(
                        1,
                        Limit(.fixedWindow, count: 59, window: 1000),
                        at: 3,
                        remaining: 0,
                        reset: 997,
                        retry: .after(997)
                    ),
                    admits(1, Limit(.fixedWindow, count: 60, window: 1000), at: 4, remaining: 0, reset: 996),
                ]
            ),
            StatedRule(
                "a limit that is lowered leaves spent what is spent, and one that is raised acts at once",
                [
                    admits(8, fixed, at: 0, remaining: 2, reset: 1000),
                    refuses(
                        1,
                        Limit(.fixedWindow, count: 5, window: 1000),
                        at: 10,
                        remaining: 0,
                        reset: 990,
                        retry: .after(990)
                    ),
                    admits(12, Limit(.fixedWindow, count: 20, window: 1000), at: 10, remaining: 0, reset: 990),
                ]
            ),
        ]
        + Algorithm.counting.map { algorithm in
            let none = Limit(algorithm, count: 0, window: 1000)
            let shrunk = Limit(algorithm, count: 0, window: 1000, ceiling: 1)
            return StatedRule(
                "\(algorithm.name) of nothing refuses every cost above 0",
                gaps: algorithm == .slidingLog ? [.slidingLog] : [],
                [
                    refuses(1, none, at: 0, remaining: 0, reset: 0, retry: .never),
                    admits(0, none, at: 0, remaining: 0, reset: 0),
                    refuses(1, shrunk, at: 0, remaining: 0, reset: 0, retry: .after(1_000_000)),
                    refuses(
                        1,
                        Limit(algorithm, count: 0, window: 1000, overdraft: true),
                        at: 0,
                        remaining: 0,
                        reset: 0,
                        retry: .never
                    ),
                ]
            )
        }

    static let numbers: [StatedRule] = [
        StatedRule(
            "what is spent saturates at 2^53 - 1",
            [
                admits(Amount.max - 1, largest, at: 0, remaining: 1, reset: 1000),
                admits(Amount.max, largest, at: 0, remaining: 0, reset: 1000),
                admits(0, largest, at: 0, remaining: 0, reset: 1000),
            ]
        ),
        StatedRule(
            "a bucket's debt saturates at 2^53 - 1",
            [
                admits(Amount.max - 1, largestBucket, at: 0, remaining: 1, reset: 1000),
                admits(Amount.max, largestBucket, at: 0, remaining: 0, reset: 1000),
                admits(1, largestBucket, at: 1, remaining: 9_007_199_254_739, reset: 1000),
            ]
        ),
        StatedRule(
            "the largest amounts in the longest window are exact",
            [
                admits(Amount.max, longest, at: 0, remaining: 0, reset: 2 * longestWindow),
                admits(0, longest, at: longestWindow + 1, remaining: 284, reset: longestWindow - 1),
                refuses(
                    285,
                    longest,
                    at: longestWindow + 1,
                    remaining: 284,
                    reset: longestWindow - 1,
                    retry: .after(1)
                ),
                admits(284, longest, at: longestWindow + 1, remaining: 0, reset: 2 * longestWindow - 1),
            ]
        ),
        StatedRule(
            "costs on one counter are added up without a bound",
            gaps: [.sumPastBound],
            [
                Moment(
                    0,
                    TestCheck(
                        TestCharge(CounterName("rule"), Limit(.fixedWindow, count: Amount.max, window: 1000), cost: 2),
                        TestCharge(
                            CounterName("rule"),
                            Limit(.fixedWindow, count: Amount.max, window: 1000),
                            cost: Amount.max - 1
                        )
                    ),
                    .refused,
                    [
                        limited(remaining: Amount.max, reset: 0, retry: .never),
                        limited(remaining: Amount.max, reset: 0, retry: .never),
                    ]
                )
            ]
        ),
    ]
}

extension Algorithm {
    /// The algorithms that count costs.
    static let counting: [Algorithm] = [.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog]
}
