import LimitCore
import LimitStoreTesting
import NIOCore
import Synchronization
import Testing

@testable import RedisStore

/// Decisions of several lanes at once on a real clock, told to the oracle in the order in which the server took them.
@Suite(.timeLimit(.minutes(3)))
struct HistoryTests {
    @Test func `30,000 concurrent decisions replay through the oracle without a difference`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        let history = History()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    let change: (inout RedisSettings) -> Void = {
                        $0.budget = 5_000_000
                        $0.remembersRefusals = false
                    }
                    try await withDaemon("redis://127.0.0.1:\(server.port)", change) { daemon in
                        try await Self.ask(daemon, history, seed: UInt64(lane))
                    }
                }
            }
            try await group.waitForAll()
        }
        let moments = history.sorted
        #expect(moments.count == 30_000)
        #expect(history.calls == Set(moments.map(\.now)).count, "two calls at one instant: their order is not known")
        var oracle = Oracle()
        var admitted = 0
        for (number, moment) in moments.enumerated() {
            let expected = oracle.decide(moment.check, at: moment.now)
            try #require(moment.answer == expected, "decision \(number) at \(moment.now): \(moment.check)")
            if expected.result == .admitted { admitted += 1 }
        }
        #expect((5_000..<25_000).contains(admitted))
    }

    /// Two callers, who together ask a lane 7,500 times.
    private static func ask(_ daemon: TestDaemon, _ history: History, seed: UInt64) async throws {
        let recorder = try await daemon.loop.submit {
            let recorder = Recorder(history)
            daemon.onLane { $0.witness = { recorder.saw($0, $1) } }
            return NIOLoopBound(recorder, eventLoop: daemon.loop)
        }.get()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<2 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed * 2 + caller)
                    var left = 3_750
                    while left > 0 {
                        let count = min(left, random.pick([1, 1, 2, 8, 30]))
                        left -= count
                        try await daemon.decide((0..<count).map { _ in check(&random) }, recorder)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One to three charges on a dozen counters, a few of them hot, whose windows pass many times over.
    private static func check(_ random: inout SeededGenerator) -> TestCheck {
        let distinct = Array(0..<12).shuffled(using: &random).prefix(random.pick([1, 1, 2, 3]))
        let charges = distinct.map { number in
            let algorithm = [Algorithm.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog][number % 4]
            let window: Microseconds = [3_000, 20_000, 100_000, 3_600_000_000][number / 3]
            let limit = Limit(algorithm, count: number < 9 ? 40 : 400, window: window)
            return TestCharge(CounterName("limit-\(number)"), limit, cost: random.pick([1, 1, 1, 2, 5]))
        }
        return TestCheck(Array(charges), peek: random.chance(5))
    }
}

/// What was decided, and when by the server's clock.
private final class History: Sendable {
    struct Moment: Sendable {
        var now: Microseconds
        /// In its call.
        var position: Int
        var check: TestCheck
        var answer: Answer
    }

    private let moments = Mutex<[Moment]>([])
    private let count = Atomic<Int>(0)

    func add(_ new: [Moment]) { moments.withLock { $0 += new } }
    func called() { count.wrappingAdd(1, ordering: .relaxed) }
    var calls: Int { count.load(ordering: .relaxed) }
    var sorted: [Moment] { moments.withLock { $0 }.sorted { ($0.now, $0.position) < ($1.now, $1.position) } }
}

/// Writes down what one lane decides; on its loop.
private final class Recorder {
    private let history: History
    /// By batch and check: when it was decided, and at which place of its call.
    private var stamps: [ObjectIdentifier: [Int: (now: Microseconds, position: Int)]] = [:]

    init(_ history: History) { self.history = history }

    func saw(_ call: RedisNode.Call, _ reply: borrowing Reply) {
        let last = reply.nodes.count - 5
        guard let seconds = reply.number(last), let rest = reply.number(last + 1) else { return }
        history.called()
        for (position, ask) in call.asks.enumerated() {
            guard let batch = ask.job.batch else { continue }
            stamps[ObjectIdentifier(batch), default: [:]][ask.check] = (seconds * 1_000_000 + rest, position)
        }
    }

    func decided(_ checks: [TestCheck], _ batch: CheckBatch) {
        guard let seen = stamps.removeValue(forKey: ObjectIdentifier(batch)) else { return }
        let moments = zip(checks, batch.answers).enumerated().compactMap { number, pair in
            seen[number].map { History.Moment(now: $0.now, position: $0.position, check: pair.0, answer: pair.1) }
        }
        history.add(moments)
    }
}

extension TestDaemon {
    /// Decides checks in one batch and writes down what became of them.
    fileprivate func decide(_ checks: [TestCheck], _ recorder: NIOLoopBound<Recorder>) async throws {
        let promise = loop.makePromise(of: Void.self)
        loop.execute {
            self.onLane { lane in
                lane.decide(CheckBatch(checks)) { batch in
                    guard batch.isDecided else { return }
                    recorder.value.decided(checks, batch)
                    promise.succeed()
                }
            }
        }
        try await promise.futureResult.get()
    }
}
