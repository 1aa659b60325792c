import LimitCore

extension StatedRule {
    private static let second: Microseconds = 1_000_000
    private static let three = Limit(.concurrency, count: 3, window: 2 * second)
    private static let gaps: Set<Gap> = [.concurrency, .leases]

    private static let threeTaken: [Moment] = [
        opens(1, three, at: 0, remaining: 2, reset: 2 * second),
        opens(2, three, at: 0, remaining: 1, reset: 2 * second),
        opens(3, three, at: 0, remaining: 0, reset: 2 * second),
    ]

    private static func full(at: Microseconds, reset: Microseconds, retry: Microseconds) -> Moment {
        let outcome = limited(remaining: 0, reset: reset, retry: .after(retry))
        return opensNone(4, [charge("rule", three)], at: at, [outcome])
    }

    static let slots: [StatedRule] = [
        StatedRule(
            "of 3 slots the fourth is refused, and a settled one is free again",
            gaps: gaps,
            threeTaken + [
                full(at: second / 2, reset: 3 * second / 2, retry: second),
                settles(2, at: second / 2),
                opens(5, three, at: second / 2, remaining: 0, reset: 2 * second),
                full(at: second / 2, reset: 2 * second, retry: second),
            ]
        ),
        StatedRule(
            "a cancelled lease frees its slot",
            gaps: gaps,
            threeTaken + [
                settles(1, 0, at: 1),
                opens(5, three, at: 1, remaining: 0, reset: 2 * second),
            ]
        ),
        StatedRule(
            "a slot is free when its lease time is over, and not before",
            gaps: gaps,
            threeTaken + [
                full(at: 2 * second - 1, reset: 1, retry: 1),
                opens(5, three, at: 2 * second, remaining: 2, reset: 2 * second),
            ]
        ),
        StatedRule(
            "a renewal keeps a slot for another lease time",
            gaps: gaps,
            threeTaken + [
                renews(1, at: 3 * second / 2),
                opens(5, three, at: 2 * second, remaining: 1, reset: 2 * second),
                admits(0, three, at: 7 * second / 2 - 1, remaining: 1, reset: second / 2 + 1),
                admits(0, three, at: 7 * second / 2, remaining: 2, reset: second / 2),
            ]
        ),
        StatedRule(
            "a slot that has run out is not kept, and its lease is gone",
            gaps: gaps,
            threeTaken + [
                findsGone(1, ends: false, at: 2 * second),
                admits(0, three, at: 2 * second, remaining: 3, reset: 0),
                settles(2, at: 2 * second),
            ]
        ),
        StatedRule(
            "settling twice frees one slot",
            gaps: gaps,
            threeTaken + [
                settles(1, at: 1),
                findsGone(1, ends: true, at: 1),
                findsGone(1, ends: false, at: 1),
                opens(5, three, at: 1, remaining: 0, reset: 2 * second),
                findsGone(1, ends: true, at: 2),
                full(at: 2, reset: 2 * second - 1, retry: second),
            ]
        ),
        StatedRule(
            "a peek and cost 0 take no slot",
            gaps: gaps,
            [
                opens(1, three, at: 0, remaining: 2, reset: 2 * second),
                opens(2, three, at: 0, remaining: 2, reset: 2 * second).peeking,
                admits(0, three, at: 0, remaining: 2, reset: 2 * second),
            ]
        ),
        StatedRule(
            "fewer slots leave those taken that are, and wait for enough of them",
            gaps: gaps,
            threeTaken + [
                opensNone(
                    4,
                    [charge("rule", Limit(.concurrency, count: 1, window: 2 * second, ceiling: 3))],
                    at: 2 * second - 7,
                    [limited(remaining: 0, reset: 7, retry: .after(7))]
                ),
                opensNone(
                    4,
                    [charge("rule", Limit(.concurrency, count: 0, window: 2 * second, ceiling: 3))],
                    at: 2 * second - 7,
                    [limited(remaining: 0, reset: 7, retry: .after(second))]
                ),
                opensNone(
                    4,
                    [charge("rule", Limit(.concurrency, count: 0, window: 2 * second))],
                    at: 2 * second - 7,
                    [limited(remaining: 0, reset: 7, retry: .never)]
                ),
                opens(
                    5,
                    Limit(.concurrency, count: 4, window: 2 * second),
                    at: 2 * second - 7,
                    remaining: 0,
                    reset: 2 * second
                ),
            ]
        ),
        StatedRule(
            "a step back of more than the lease time moves the slots back",
            gaps: gaps,
            threeTaken + [
                full(at: -2 * second, reset: 4 * second, retry: second),
                full(at: -2 * second - 1, reset: 2 * second, retry: second),
                full(at: -2, reset: 1, retry: 1),
                opens(5, three, at: -1, remaining: 2, reset: 2 * second),
            ]
        ),
    ]
}
