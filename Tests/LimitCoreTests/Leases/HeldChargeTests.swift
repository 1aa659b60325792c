import LimitCore
import Testing

/// What comes back of one charge, by table. Histories are the conformance suite's.
struct HeldChargeTests {
    struct Row: Sendable, CustomStringConvertible {
        var description: String
        var algorithm: Algorithm
        var held: (stamp: Microseconds, mark: Int64)
        var stored: CounterState
        var now: Microseconds
        var amount: Int64
        var after: CounterState?
    }

    private static func window(
        _ description: String,
        _ algorithm: Algorithm,
        stamp: Microseconds,
        _ stored: (Microseconds, Int64, Int64),
        at now: Microseconds,
        giveBack amount: Int64,
        _ after: (Microseconds, Int64, Int64)?
    ) -> Row {
        Row(
            description: description,
            algorithm: algorithm,
            held: (stamp, 0),
            stored: CounterState(time: stored.0, spent: stored.1, aside: stored.2),
            now: now,
            amount: amount,
            after: after.map { CounterState(time: $0.0, spent: $0.1, aside: $0.2) }
        )
    }

    private static let windows: [Row] = [
        window("in its window", .fixedWindow, stamp: 5000, (5000, 9, 0), at: 5999, giveBack: 4, (5000, 5, 0)),
        window("after its window", .fixedWindow, stamp: 5000, (5000, 9, 0), at: 6000, giveBack: 4, nil),
        window("in another window", .fixedWindow, stamp: 5000, (6200, 9, 0), at: 6300, giveBack: 4, nil),
        window("more than is spent", .fixedWindow, stamp: 5000, (5000, 3, 0), at: 5000, giveBack: 4, (5000, 0, 0)),
        window("nothing", .fixedWindow, stamp: 5000, (5000, 3, 0), at: 5000, giveBack: 0, nil),
        window("a step back", .fixedWindow, stamp: 5000, (5000, 9, 0), at: 4000, giveBack: 4, (5000, 5, 0)),
        window("a larger step back", .fixedWindow, stamp: 5000, (5000, 9, 0), at: 3999, giveBack: 4, nil),
        window("moved to its stamp", .fixedWindow, stamp: 3999, (5000, 9, 0), at: 3999, giveBack: 4, nil),
        window("current", .slidingWindow, stamp: 5000, (5000, 9, 6), at: 5999, giveBack: 4, (5000, 5, 6)),
        window("previous", .slidingWindow, stamp: 5000, (5000, 9, 6), at: 6000, giveBack: 4, (6000, 0, 5)),
        window("stored as previous", .slidingWindow, stamp: 5000, (6000, 2, 6), at: 6999, giveBack: 8, (6000, 2, 0)),
        window("two windows later", .slidingWindow, stamp: 5000, (6000, 2, 6), at: 7000, giveBack: 4, nil),
        window("from a time before", .slidingWindow, stamp: 3000, (5000, 9, 6), at: 5999, giveBack: 4, nil),
        window("a larger step back", .slidingWindow, stamp: 5000, (5000, 9, 6), at: 3999, giveBack: 4, nil),
    ]

    /// The charge is one of a bucket of 10 per 1,000 us, after which 9 had been charged since 5,000.
    private static func bucket(
        _ description: String,
        since: Microseconds = 5000,
        _ stored: (time: Microseconds, spent: Int64, carry: Int64, returned: Int64),
        at now: Microseconds,
        giveBack amount: Int64,
        _ after: (time: Microseconds, spent: Int64, carry: Int64, returned: Int64)?
    ) -> Row {
        func state(_ state: (time: Microseconds, spent: Int64, carry: Int64, returned: Int64)) -> CounterState {
            CounterState(
                time: state.time,
                spent: state.spent,
                aside: state.carry,
                since: since,
                returned: state.returned
            )
        }
        return Row(
            description: description,
            algorithm: .tokenBucket,
            held: (5000, 9),
            stored: state(stored),
            now: now,
            amount: amount,
            after: after.map(state)
        )
    }

    private static let buckets: [Row] = [
        bucket("at once", (5000, 9, 0, 0), at: 5000, giveBack: 4, (5000, 5, 0, 4)),
        bucket("what is refilled does not come back", (5000, 9, 0, 0), at: 5600, giveBack: 4, (5000, 6, 0, 3)),
        bucket("all of it refilled", (5000, 12, 0, 0), at: 5900, giveBack: 4, nil),
        bucket("later charges are not touched", (5000, 12, 0, 0), at: 5700, giveBack: 4, (5000, 10, 0, 2)),
        bucket("a unit partly refilled stays", (5000, 12, 0, 0), at: 5750, giveBack: 4, (5000, 11, 0, 1)),
        bucket("a unit partly refilled and the last", (5000, 9, 0, 0), at: 5750, giveBack: 4, (5000, 7, 0, 2)),
        bucket("given back by others", (5000, 12, 0, 7), at: 5000, giveBack: 4, (5000, 10, 0, 9)),
        bucket("of another time", since: 5001, (5001, 9, 0, 0), at: 5001, giveBack: 4, nil),
        bucket("full meanwhile", (5000, 9, 0, 0), at: 5900, giveBack: 4, nil),
        bucket("a step back", (5000, 9, 7, 0), at: 0, giveBack: 4, (0, 5, 7, 4)),
        bucket("nothing", (5000, 9, 0, 0), at: 5000, giveBack: 0, nil),
    ]

    @Test(arguments: windows + buckets)
    func `time keeps what it has returned`(row: Row) {
        let charge = HeldCharge(
            key: [],
            limit: Limit(row.algorithm, count: 10, window: 1000),
            amount: 4,
            stamp: row.held.stamp,
            mark: row.held.mark
        )
        #expect(charge.giveBack(row.amount, to: row.stored, now: row.now) == row.after)
    }

    @Test func `a period of the calendar gives back until its end`() {
        let limit = Limit(.fixedWindow, count: 10, window: 60_000_000, calendar: .minute)
        let charge = HeldCharge(key: [], limit: limit, amount: 4, stamp: 120_000_000)
        let stored = CounterState(time: 120_000_000, spent: 6)
        #expect(charge.giveBack(4, to: stored, now: 179_999_999) == CounterState(time: 120_000_000, spent: 2))
        #expect(charge.giveBack(4, to: stored, now: 180_000_000) == nil)
    }

    @Test(arguments: [Algorithm.fixedWindow, .slidingWindow, .tokenBucket])
    func `a charge is found again by what it left`(algorithm: Algorithm) {
        let limit = Limit(algorithm, count: 10, window: 1000)
        let before = Reading(CounterState(time: 5000, spent: 3, since: 4000, returned: 2), limit, now: 5000)
        let after = before.charged(4, limit)
        let charge = HeldCharge(key: [1], limit: limit, amount: 4, after: after)
        #expect(charge.stamp == (algorithm == .tokenBucket ? 4000 : 5000))
        #expect(charge.mark == (algorithm == .tokenBucket ? 9 : 0))
        #expect(charge.giveBack(4, to: after.state, now: 5000)?.spent == 3)
    }
}
