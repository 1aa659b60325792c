import LimitCore

extension StatedRule {
    private static let limit = Limit(.fixedWindow, count: 10, window: 1000)
    private static let small = Limit(.fixedWindow, count: 3, window: 500)
    private static let a = CounterName("a")
    private static let b = CounterName("b")

    private static func pair(_ first: Int64, _ second: Int64, secondIsShadow: Bool = false) -> TestCheck {
        TestCheck(TestCharge(a, limit, cost: first), TestCharge(b, small, cost: second, shadow: secondIsShadow))
    }

    static let checks: [StatedRule] = [
        StatedRule("a check without charges is admitted", [Moment(0, TestCheck(), .admitted, [])]),
        StatedRule(
            "all charges of a check are made, or none",
            [
                Moment(0, pair(4, 2), .admitted, [fits(remaining: 6, reset: 1000), fits(remaining: 1, reset: 500)]),
                Moment(
                    0,
                    pair(4, 2),
                    .refused,
                    [fits(remaining: 6, reset: 1000), limited(remaining: 1, reset: 500, retry: .after(500))]
                ),
                Moment(
                    0,
                    pair(7, 1),
                    .refused,
                    [limited(remaining: 6, reset: 1000, retry: .after(1000)), fits(remaining: 1, reset: 500)]
                ),
                Moment(0, pair(6, 1), .admitted, [fits(remaining: 0, reset: 1000), fits(remaining: 0, reset: 500)]),
            ]
        ),
        StatedRule(
            "a refusal starts no window",
            [
                Moment(
                    0,
                    pair(4, 4),
                    .refused,
                    [fits(remaining: 10, reset: 0), limited(remaining: 3, reset: 0, retry: .never)]
                ),
                Moment(700, pair(1, 1), .admitted, [fits(remaining: 9, reset: 1000), fits(remaining: 2, reset: 500)]),
            ]
        ),
        StatedRule(
            "a refusal writes the corrections of all its counters",
            [
                Moment(0, pair(4, 2), .admitted, [fits(remaining: 6, reset: 1000), fits(remaining: 1, reset: 500)]),
                Moment(
                    -2000,
                    pair(4, 2),
                    .refused,
                    [fits(remaining: 6, reset: 1000), limited(remaining: 1, reset: 500, retry: .after(500))]
                ),
                Moment(-1600, pair(4, 1), .admitted, [fits(remaining: 2, reset: 600), fits(remaining: 0, reset: 100)]),
            ]
        ),
        StatedRule(
            "a shadow that does not fit is marked and not charged",
            [
                Moment(
                    0,
                    pair(4, 2, secondIsShadow: true),
                    .admitted,
                    [fits(remaining: 6, reset: 1000), fits(remaining: 1, reset: 500)]
                ),
                Moment(
                    0,
                    pair(4, 2, secondIsShadow: true),
                    .admitted,
                    [fits(remaining: 2, reset: 1000), limited(remaining: 1, reset: 500, retry: .after(500))]
                ),
                Moment(
                    0,
                    pair(4, 1, secondIsShadow: true),
                    .refused,
                    [limited(remaining: 2, reset: 1000, retry: .after(1000)), fits(remaining: 1, reset: 500)]
                ),
                Moment(0, pair(2, 1), .admitted, [fits(remaining: 0, reset: 1000), fits(remaining: 0, reset: 500)]),
            ]
        ),
        StatedRule(
            "a check of one shadow is always admitted",
            [
                Moment(
                    0,
                    TestCheck(TestCharge(a, small, cost: 4, shadow: true)),
                    .admitted,
                    [limited(remaining: 3, reset: 0, retry: .never)]
                ),
                Moment(
                    0,
                    TestCheck(TestCharge(a, small, cost: 3, shadow: true)),
                    .admitted,
                    [fits(remaining: 0, reset: 500)]
                ),
            ]
        ),
        StatedRule(
            "a peek answers as the check would and changes nothing",
            [
                Moment(
                    0,
                    pair(4, 2).peeking,
                    .admitted,
                    [fits(remaining: 10, reset: 0), fits(remaining: 3, reset: 0)]
                ),
                Moment(100, pair(4, 2), .admitted, [fits(remaining: 6, reset: 1000), fits(remaining: 1, reset: 500)]),
                Moment(
                    100,
                    pair(4, 2).peeking,
                    .refused,
                    [fits(remaining: 6, reset: 1000), limited(remaining: 1, reset: 500, retry: .after(500))]
                ),
                Moment(
                    100,
                    pair(6, 1).peeking,
                    .admitted,
                    [fits(remaining: 6, reset: 1000), fits(remaining: 1, reset: 500)]
                ),
                Moment(100, pair(6, 1), .admitted, [fits(remaining: 0, reset: 1000), fits(remaining: 0, reset: 500)]),
            ]
        ),
        StatedRule(
            "charges on one counter are added up, each judged by its own limit",
            [
                Moment(0, shared(3, 4), .admitted, [fits(remaining: 3, reset: 1000), fits(remaining: 0, reset: 1000)]),
                Moment(
                    0,
                    shared(1, 1),
                    .refused,
                    [
                        fits(remaining: 3, reset: 1000),
                        limited(remaining: 0, reset: 1000, retry: .after(1000)),
                    ]
                ),
                Moment(
                    0,
                    shared(5, 3),
                    .refused,
                    [
                        limited(remaining: 3, reset: 1000, retry: .after(1000)),
                        limited(remaining: 0, reset: 1000, retry: .never),
                    ]
                ),
                admits(0, limit, at: 0, remaining: 3, reset: 1000),
            ]
        ),
    ]

    /// Two charges on the counter that the rule is about, the second under 7 in place of 10.
    private static func shared(_ first: Int64, _ second: Int64) -> TestCheck {
        TestCheck(
            TestCharge(CounterName("rule"), limit, cost: first),
            TestCharge(CounterName("rule"), Limit(.fixedWindow, count: 7, window: 1000), cost: second)
        )
    }

    static let identities: [StatedRule] = [
        StatedRule(
            "counters are told apart by every part of their names",
            distinct.map { counter in
                Moment(0, TestCheck(TestCharge(counter, limit)), .admitted, [fits(remaining: 9, reset: 1000)])
            }
                + distinct.map { counter in
                    Moment(0, TestCheck(TestCharge(counter, limit)), .admitted, [fits(remaining: 8, reset: 1000)])
                }
        )
    ]

    /// Names that spell the same bytes when their parts are joined, and names that differ in one byte.
    private static let distinct = [
        CounterName("ab", client: "c", scope: ""), CounterName("a", client: "bc", scope: ""),
        CounterName("abc", client: "", scope: ""), CounterName("", client: "abc", scope: ""),
        CounterName("a", client: "b", scope: "c"), CounterName("", client: "", scope: "abc"),
        CounterName("ab", client: "", scope: "c"), CounterName("abd", client: "", scope: ""),
        CounterName("a", client: "b", scope: ""), CounterName("a", client: "d", scope: "c"),
        CounterName("abcabcabcabcabcabcabcabc", client: "", scope: ""),
        CounterName("abcabcabcabcabcabcabcab", client: "c", scope: ""),
    ]
}
