import LimitCore
import LimitStore
import LimitStoreTesting
import Testing

/// The suite drives a store that answers on a loop of its own, some turns after it was asked.
@Suite(.timeLimit(.minutes(1)))
struct `Conformance of a store that answers later` {
    let conformance = StoreConformance {
        let clock = ManualClock()
        let loop = Loop(LaterStore(MemoryStore(clock: { clock.now })))
        return StoreUnderTest(clock: clock, settle: { await loop.settle($0) }) { await loop.decide($0) }
    }

    @Test(arguments: StatedRule.all)
    func `keeps the stated rule`(rule: StatedRule) async throws {
        try await conformance.check(rule)
    }

    @Test func `answers as the oracle does over a random history`() async throws {
        _ = try await conformance.compareWithOracle(seed: 4000, operations: 4000)
    }

    @Test(arguments: Race.allCases)
    func `admits exactly the limit in a race`(race: Race) async throws {
        try await conformance.check(race, .tokenBucket)
    }
}

/// Stands in for an event loop: it owns the store, makes the batches and hands them over.
private actor Loop {
    private let store: LaterStore

    init(_ store: sending LaterStore) {
        self.store = store
    }

    func decide(_ checks: [TestCheck]) async -> [Answer] {
        await withCheckedContinuation { continuation in
            store.decide(CheckBatch(checks)) { batch in
                if batch.isDecided { continuation.resume(returning: batch.answers) }
            }
            Task { turn() }
        }
    }

    func settle(_ operations: [LeaseOperation]) async -> [LeaseResult] {
        await withCheckedContinuation { continuation in
            store.settle(LeaseBatch(operations)) { continuation.resume(returning: $0.results) }
        }
    }

    private func turn() {
        store.turn()
        if store.isWaiting { Task { turn() } }
    }
}

/// Replies once with nothing decided, as a store of several masters may, and decides a turn later.
private final class LaterStore: LimitStore {
    private let inner: MemoryStore
    private var asked: [(batch: CheckBatch, reply: (CheckBatch) -> Void)] = []
    private var waiting: [(batch: CheckBatch, reply: (CheckBatch) -> Void)] = []

    init(_ inner: MemoryStore) {
        self.inner = inner
    }

    var isWaiting: Bool { !asked.isEmpty || !waiting.isEmpty }

    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        inner.settle(batch, reply: reply)
    }

    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        asked.append((batch, reply))
    }

    func turn() {
        let due = waiting
        waiting = asked
        asked = []
        for (batch, reply) in due { inner.decide(batch, reply: reply) }
        for (batch, reply) in waiting {
            batch.prepareForStore()
            reply(batch)
        }
    }
}
