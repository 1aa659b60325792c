import LimitCore
import Testing

/// One reading of one stored state, by table. Histories are the conformance suite's.
struct ReadingTests {
    struct Row: Sendable, CustomStringConvertible {
        var algorithm: Algorithm
        /// Time, spent, aside; nil is a missing counter.
        var stored: CounterState?
        var now: Microseconds
        var read: CounterState
        var corrected = false
        /// Under 10 per 1000 us.
        var used: Int64
        var reset: Microseconds

        var description: String { "\(algorithm.name) \(stored.map { "\($0)" } ?? "missing") at \(now)" }
    }

    private static func row(
        _ algorithm: Algorithm,
        _ stored: (Microseconds, Int64, Int64)?,
        at now: Microseconds,
        _ read: (Microseconds, Int64, Int64),
        corrected: Bool = false,
        used: Int64,
        reset: Microseconds
    ) -> Row {
        Row(
            algorithm: algorithm,
            stored: stored.map { CounterState(time: $0.0, spent: $0.1, aside: $0.2) },
            now: now,
            read: state(algorithm, stored?.1 ?? 0, read),
            corrected: corrected,
            used: used,
            reset: reset
        )
    }

    /// What is spent without a break keeps its beginning, here 0; of a bucket it remembers what came back meanwhile.
    private static func state(
        _ algorithm: Algorithm,
        _ before: Int64,
        _ read: (time: Microseconds, spent: Int64, aside: Int64)
    ) -> CounterState {
        if read.spent == 0, read.aside == 0 { return .empty(at: read.time) }
        let returned = algorithm == .tokenBucket ? before - read.spent : 0
        return CounterState(time: read.time, spent: read.spent, aside: read.aside, returned: returned)
    }

    private static let fixed: [Row] = [
        row(.fixedWindow, nil, at: 5000, (5000, 0, 0), used: 0, reset: 0),
        row(.fixedWindow, (5000, 4, 0), at: 5000, (5000, 4, 0), used: 4, reset: 1000),
        row(.fixedWindow, (5000, 4, 0), at: 5999, (5000, 4, 0), used: 4, reset: 1),
        row(.fixedWindow, (5000, 4, 0), at: 6000, (6000, 0, 0), used: 0, reset: 0),
        row(.fixedWindow, (5000, 4, 0), at: 4999, (5000, 4, 0), used: 4, reset: 1001),
        row(.fixedWindow, (5000, 4, 0), at: 4000, (5000, 4, 0), used: 4, reset: 2000),
        row(.fixedWindow, (5000, 4, 0), at: 3999, (3999, 4, 0), corrected: true, used: 4, reset: 1000),
        row(.fixedWindow, (5000, 4, 0), at: 0, (0, 4, 0), corrected: true, used: 4, reset: 1000),
    ]

    private static let sliding: [Row] = [
        row(.slidingWindow, nil, at: 5000, (5000, 0, 0), used: 0, reset: 0),
        row(.slidingWindow, (5000, 4, 6), at: 5000, (5000, 4, 6), used: 10, reset: 2000),
        row(.slidingWindow, (5000, 4, 6), at: 5001, (5000, 4, 6), used: 10, reset: 1999),
        row(.slidingWindow, (5000, 4, 6), at: 5167, (5000, 4, 6), used: 9, reset: 1833),
        row(.slidingWindow, (5000, 4, 6), at: 5999, (5000, 4, 6), used: 5, reset: 1001),
        row(.slidingWindow, (5000, 4, 6), at: 6000, (6000, 0, 4), used: 4, reset: 1000),
        row(.slidingWindow, (5000, 4, 6), at: 6999, (6000, 0, 4), used: 1, reset: 1),
        row(.slidingWindow, (5000, 4, 6), at: 7000, (7000, 0, 0), used: 0, reset: 0),
        row(.slidingWindow, (5000, 0, 6), at: 5999, (5000, 0, 6), used: 1, reset: 1),
        row(.slidingWindow, (5000, 0, 6), at: 6000, (6000, 0, 0), used: 0, reset: 0),
        row(.slidingWindow, (5000, 0, 6), at: 6500, (6500, 0, 0), used: 0, reset: 0),
        row(.slidingWindow, (5000, 4, 6), at: 4000, (5000, 4, 6), used: 10, reset: 3000),
        row(.slidingWindow, (5000, 4, 6), at: 3999, (3999, 4, 6), corrected: true, used: 10, reset: 2000),
    ]

    private static let bucket: [Row] = [
        row(.tokenBucket, nil, at: 5000, (5000, 0, 0), used: 0, reset: 0),
        row(.tokenBucket, (5000, 4, 0), at: 5000, (5000, 4, 0), used: 4, reset: 400),
        row(.tokenBucket, (5000, 4, 0), at: 5099, (5099, 4, 990), used: 4, reset: 301),
        row(.tokenBucket, (5000, 4, 0), at: 5100, (5100, 3, 0), used: 3, reset: 300),
        row(.tokenBucket, (5000, 4, 999), at: 5001, (5001, 3, 9), used: 3, reset: 300),
        row(.tokenBucket, (5000, 4, 0), at: 5399, (5399, 1, 990), used: 1, reset: 1),
        row(.tokenBucket, (5000, 4, 0), at: 5400, (5400, 0, 0), used: 0, reset: 0),
        row(.tokenBucket, (5000, 4, 7), at: 99_999, (99_999, 0, 0), used: 0, reset: 0),
        row(.tokenBucket, (5000, 4, 7), at: 4999, (4999, 4, 7), corrected: true, used: 4, reset: 400),
        row(.tokenBucket, (5000, 4, 7), at: 0, (0, 4, 7), corrected: true, used: 4, reset: 400),
    ]

    @Test(arguments: fixed + sliding + bucket)
    func `a counter is brought forward`(row: Row) {
        let limit = Limit(row.algorithm, count: 10, window: 1000)
        let reading = Reading(row.stored, limit, now: row.now)
        #expect(reading == Reading(state: row.read, now: row.now, corrected: row.corrected))
        #expect(reading.used(limit) == row.used)
        #expect(reading.remaining(limit) == 10 - row.used)
        #expect(reading.reset(limit) == row.reset)
    }

    @Test(arguments: [Algorithm.fixedWindow, .slidingWindow, .tokenBucket])
    func `reading twice is reading once`(algorithm: Algorithm) {
        let limit = Limit(algorithm, count: 10, window: 1000)
        for now in stride(from: 3000 as Microseconds, to: 9000, by: 37) {
            let once = Reading(CounterState(time: 5000, spent: 7), limit, now: now)
            let twice = Reading(once.state, limit, now: now)
            #expect(twice.state == once.state)
            #expect(!twice.corrected)
        }
    }

    @Test(arguments: [Algorithm.fixedWindow, .slidingWindow, .tokenBucket])
    func `the largest numbers are exact`(algorithm: Algorithm) {
        let limit = Limit(algorithm, count: Amount.max, window: longestWindow)
        let reading = Reading(nil, limit, now: 1).charged(Amount.max, limit)
        #expect(reading.used(limit) == Amount.max)
        #expect(!reading.admits(1, limit))
        #expect(reading.charged(Amount.max, limit).used(limit) == Amount.max)
        let nearly = Reading(nil, limit, now: 1).charged(Amount.max - 1, limit)
        #expect(nearly.admits(1, limit))
        #expect(!nearly.admits(2, limit))
    }

    @Test(
        arguments: [
            (.fixedWindow, longestWindow), (.slidingWindow, longestWindow + 3_510_792), (.tokenBucket, 3_510_792),
        ] as [(Algorithm, Microseconds)]
    )
    func `the longest wait is exact`(algorithm: Algorithm, expected: Microseconds) throws {
        // 10^9 of 2^53 - 1 are back after 3,510,792 of 31,622,400,000,000 us, rounded up.
        let cost: Int64 = 1_000_000_000
        let limit = Limit(algorithm, count: Amount.max, window: longestWindow)
        let full = Reading(nil, limit, now: 0).charged(Amount.max, limit)
        #expect(full.retry(cost, limit) == .after(expected))
        let later = Reading(full.state, limit, now: expected)
        #expect(later.admits(cost, limit))
        #expect(!Reading(full.state, limit, now: expected - 1).admits(cost, limit))
    }
}
