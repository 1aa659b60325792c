import LimitCore
import LimitStore
import LimitStoreTesting
import Synchronization
import Testing

/// The oracle itself: what it finds by bisection is what looking at every microsecond finds.
@Suite(.timeLimit(.minutes(1)))
struct `Conformance oracle` {
    @Test(arguments: [Algorithm.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog])
    func `waits are the first instants at which they hold`(algorithm: Algorithm) throws {
        var random = SeededGenerator(seed: 5)
        for window in [1, 2, 7, 30] as [Microseconds] {
            for count in [1, 2, 3, 10, 100] as [Int64] {
                let limit = Limit(algorithm, count: count, window: window)
                try checkWaits(limit, &random)
            }
        }
    }

    private func checkWaits(_ limit: Limit, _ random: inout SeededGenerator) throws {
        let counter = CounterName("x")
        var oracle = Oracle()
        var now = ManualClock.start
        for _ in 0..<30 {
            now += random.pick([0, 0, 1, 3, limit.window / 2, limit.window, -1, -limit.window - 1])
            let cost = Int64.random(in: 0...limit.capacity, using: &random)
            let check = TestCheck(TestCharge(counter, limit, cost: cost))
            let answer = oracle.decide(check, at: now)
            let outcome = answer.outcomes[0]
            let empty = TestCharge(counter, limit, cost: 0)
            let reset = first { oracle.used(empty, at: now + $0) == 0 }
            #expect(outcome.reset == reset)
            if case .after(let retry) = outcome.retry, outcome.limited {
                let fits = first { oracle.used(empty, at: now + $0) + cost <= limit.capacity }
                #expect(retry == fits)
            }
        }
    }

    private func first(_ holds: (Microseconds) -> Bool) -> Microseconds? {
        (0..<10_000).first(where: holds)
    }

    @Test func `a counter that was empty for a while may be forgotten`() {
        let limit = Limit(.fixedWindow, count: 10, window: 1000)
        let charge = TestCharge(CounterName("x"), limit)
        var oracle = Oracle()
        _ = oracle.decide(TestCheck(charge), at: 5000)
        #expect(!oracle.mayBeForgotten(charge, at: 5999))
        #expect(!oracle.mayBeForgotten(charge, at: 6000), "missing and empty are the same")
        _ = oracle.decide(TestCheck(charge, peek: true), at: 6000)
        #expect(oracle.mayBeForgotten(charge, at: 5999))
    }

    @Test func `a difference is told with a short history`() async throws {
        let conformance = StoreConformance(except: Set(Gap.allCases)) {
            let clock = ManualClock()
            return StoreUnderTest(clock: clock, immediate: Forgetful(clock: { clock.now }))
        }
        let violation = await #expect(throws: Violation.self) {
            _ = try await conformance.compareWithOracle(seed: 1, operations: 2000)
        }
        let history = violation?.description.split(separator: "Shortest history found:\n").last
        #expect((history?.split(separator: "\n").count ?? .max) <= 7)
    }
}

/// A store that forgets everything with every fifth batch.
private final class Forgetful: LimitStore, Sendable {
    private let clock: @Sendable () -> Microseconds
    private let inner: Mutex<(store: MemoryStore, batches: Int)>

    init(clock: @escaping @Sendable () -> Microseconds) {
        self.clock = clock
        inner = Mutex((MemoryStore(clock: clock), 0))
    }

    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        inner.withLock { $0.store }.settle(batch, reply: reply)
    }

    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        let store = inner.withLock { inner in
            inner.batches += 1
            if inner.batches % 5 == 0 { inner.store = MemoryStore(clock: clock) }
            return inner.store
        }
        store.decide(batch, reply: reply)
    }
}
