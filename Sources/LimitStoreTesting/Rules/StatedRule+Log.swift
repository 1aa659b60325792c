import LimitCore

extension StatedRule {
    private static let log = Limit(.slidingLog, count: 10, window: 1000)

    static let slidingLog: [StatedRule] = [
        StatedRule(
            "a sliding log counts the last W, exactly",
            gaps: [.slidingLog],
            [
                admits(4, log, at: 0, remaining: 6, reset: 1000),
                admits(6, log, at: 500, remaining: 0, reset: 1000),
                refuses(1, log, at: 999, remaining: 0, reset: 501, retry: .after(1)),
                admits(4, log, at: 1000, remaining: 0, reset: 1000),
                refuses(5, log, at: 1499, remaining: 0, reset: 501, retry: .after(1)),
                refuses(7, log, at: 1499, remaining: 0, reset: 501, retry: .after(501)),
                refuses(7, log, at: 1999, remaining: 6, reset: 1, retry: .after(1)),
                admits(7, log, at: 2000, remaining: 3, reset: 1000),
            ]
        ),
        StatedRule(
            "a step back of at most W charges a log at its newest entry",
            gaps: [.slidingLog],
            [
                admits(4, log, at: 0, remaining: 6, reset: 1000),
                admits(3, log, at: -1000, remaining: 3, reset: 2000),
                refuses(4, log, at: 999, remaining: 3, reset: 1, retry: .after(1)),
                admits(10, log, at: 1000, remaining: 0, reset: 1000),
            ]
        ),
        StatedRule(
            "a step back of more than W moves all entries back",
            gaps: [.slidingLog],
            [
                admits(4, log, at: 0, remaining: 6, reset: 1000),
                admits(3, log, at: 500, remaining: 3, reset: 1000),
                refuses(4, log, at: -501, remaining: 3, reset: 1000, retry: .after(500)),
                refuses(4, log, at: -2, remaining: 3, reset: 501, retry: .after(1)),
                admits(4, log, at: -1, remaining: 3, reset: 1000),
            ]
        ),
        StatedRule(
            "a peek does not write a log's correction",
            gaps: [.slidingLog],
            [
                admits(10, log, at: 0, remaining: 0, reset: 1000),
                refuses(1, log, at: -1001, remaining: 0, reset: 1000, retry: .after(1000)).peeking,
                refuses(1, log, at: -900, remaining: 0, reset: 1900, retry: .after(1900)),
            ]
        ),
        StatedRule(
            "a log's limit may change with every check",
            gaps: [.slidingLog],
            [
                admits(4, log, at: 0, remaining: 6, reset: 1000),
                admits(4, log, at: 100, remaining: 2, reset: 1000),
                refuses(
                    1,
                    Limit(.slidingLog, count: 4, window: 1000, ceiling: 10),
                    at: 200,
                    remaining: 0,
                    reset: 900,
                    retry: .after(900)
                ),
                admits(12, Limit(.slidingLog, count: 20, window: 1000), at: 200, remaining: 0, reset: 1000),
                refuses(1, log, at: 1099, remaining: 0, reset: 101, retry: .after(101)),
            ]
        ),
    ]
}
