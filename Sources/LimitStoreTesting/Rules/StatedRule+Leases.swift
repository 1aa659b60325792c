import LimitCore

extension StatedRule {
    private static let window: Microseconds = 1_000_000
    private static let fixed = Limit(.fixedWindow, count: 1000, window: window)

    /// 1,000 a second, and what its counter's reset is once so much is spent at one instant.
    private struct Kind {
        var limit: Limit
        var gaps: Set<Gap> = [.leases]
        var reset: @Sendable (Int64) -> Microseconds
        /// When 1 more fits after 1,200 were spent.
        var paidOff: Microseconds
        /// What remains after that one, and its reset.
        var then: (remaining: Int64, reset: Microseconds)

        var name: String { limit.algorithm.name }
    }

    private static let kinds: [Kind] = [
        Kind(limit: fixed, reset: { _ in window }, paidOff: window, then: (999, window)),
        Kind(
            limit: Limit(.slidingWindow, count: 1000, window: window),
            reset: { _ in 2 * window },
            // The first e at which 1,200 x (W - e) / W is at most 999.
            paidOff: window + 167_500,
            then: (0, 2 * window - 167_500)
        ),
        Kind(
            limit: Limit(.tokenBucket, count: 1000, window: window),
            reset: { $0 * 1000 },
            paidOff: 201_000,
            then: (0, window)
        ),
        Kind(
            limit: Limit(.slidingLog, count: 1000, window: window),
            gaps: [.leases, .slidingLog],
            reset: { _ in window },
            paidOff: window,
            then: (999, window)
        ),
    ]

    static let leases: [StatedRule] = kinds.flatMap(everywhere) + renewals

    private static func everywhere(_ kind: Kind) -> [StatedRule] {
        let held = opens(1, 900, kind.limit, at: 0, remaining: 100, reset: kind.reset(900))
        return [
            StatedRule(
                "of 900 held and 412 used 488 come back: \(kind.name)",
                gaps: kind.gaps,
                [
                    held, settles(1, 412, at: 0),
                    admits(0, kind.limit, at: 0, remaining: 588, reset: kind.reset(412)),
                ]
            ),
            StatedRule(
                "a cancelled lease gives everything back: \(kind.name)",
                gaps: kind.gaps,
                [held, settles(1, 0, at: 0), admits(0, kind.limit, at: 0, remaining: 1000, reset: 0)]
            ),
            StatedRule(
                "a unit that is not told keeps its estimate: \(kind.name)",
                gaps: kind.gaps,
                [held, settles(1, at: 0), admits(0, kind.limit, at: 0, remaining: 100, reset: kind.reset(900))]
            ),
            StatedRule(
                "a lease is settled once: \(kind.name)",
                gaps: kind.gaps,
                [
                    held, settles(1, 412, at: 0), findsGone(1, 0, ends: true, at: 0),
                    findsGone(1, 950, ends: false, at: 0),
                    admits(0, kind.limit, at: 0, remaining: 588, reset: kind.reset(412)),
                ]
            ),
            StatedRule(
                "of 900 held and 1,200 used 300 are charged, and the next call is refused until they are paid off: "
                    + kind.name,
                gaps: kind.gaps,
                [
                    held, settles(1, 1200, at: 0, isInDebt: true),
                    refuses(
                        1,
                        kind.limit,
                        at: 0,
                        remaining: 0,
                        reset: kind.reset(1200),
                        retry: .after(kind.paidOff)
                    ),
                    refuses(
                        1,
                        kind.limit,
                        at: kind.paidOff - 1,
                        remaining: 0,
                        reset: kind.reset(1200) - kind.paidOff + 1,
                        retry: .after(1)
                    ),
                    admits(1, kind.limit, at: kind.paidOff, remaining: kind.then.remaining, reset: kind.then.reset),
                ]
            ),
            StatedRule(
                "the estimate of a lease that ran out stays charged: \(kind.name)",
                gaps: kind.gaps,
                [
                    opens(1, 900, kind.limit, at: 0, time: 500, remaining: 100, reset: kind.reset(900)),
                    findsGone(1, 0, ends: true, at: 500),
                    findsGone(1, 950, ends: false, at: 500),
                    admits(0, kind.limit, at: 500, remaining: 100, reset: kind.reset(900) - 500),
                ]
            ),
        ]
    }

    private static let renewals: [StatedRule] = [
        StatedRule(
            "a renewal raises what is held and never lowers it",
            gaps: [.leases],
            [
                opens(1, 100, fixed, at: 0, remaining: 900, reset: window),
                renews(1, 300, at: 10),
                renews(1, 300, at: 10),
                admits(0, fixed, at: 10, remaining: 700, reset: window - 10),
                renews(1, 50, at: 20),
                settles(1, at: 30),
                admits(0, fixed, at: 30, remaining: 700, reset: window - 30),
            ]
        ),
        StatedRule(
            "what a renewal raised is not given back",
            gaps: [.leases],
            [
                opens(1, 100, fixed, at: 0, remaining: 900, reset: window),
                renews(1, 300, at: 10),
                settles(1, 0, at: 10),
                admits(0, fixed, at: 10, remaining: 800, reset: window - 10),
            ]
        ),
        StatedRule(
            "a renewal past the limit is charged and says so",
            gaps: [.leases],
            [
                opens(1, 900, fixed, at: 0, remaining: 100, reset: window),
                renews(1, 1000, at: 10),
                renews(1, 1001, at: 10, isInDebt: true),
                refuses(0, fixed, at: 10, remaining: 0, reset: window - 10, retry: .after(window - 10)),
            ]
        ),
        StatedRule(
            "a renewed lease lasts another lease time, and no longer",
            gaps: [.leases],
            [
                opens(1, 100, fixed, at: 0, time: 1000, remaining: 900, reset: window),
                opens(2, 100, fixed, at: 0, time: 1000, remaining: 800, reset: window),
                renews(1, at: 999, time: 1000),
                renews(2, at: 999, time: 1000),
                settles(1, 0, at: 1998),
                findsGone(2, 0, ends: true, at: 1999),
                admits(0, fixed, at: 1999, remaining: 900, reset: window - 1999),
            ]
        ),
    ]
}
