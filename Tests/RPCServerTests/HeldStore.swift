import LimitCore
import LimitStore
import Synchronization

/// A store in memory that answers when it is told to.
///
/// Unchecked: what waits is touched on the loop of the only lane.
final class HeldStore: LimitStore, @unchecked Sendable {
    private let inner = MemoryStore(maxKeys: 1000) { 1_700_000_000_000_000 }
    private var waiting: [(CheckBatch, (CheckBatch) -> Void)] = []
    private let asked = Atomic<Int>(0)

    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) { inner.settle(batch, reply: reply) }

    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        waiting.append((batch, reply))
        asked.add(batch.priced.count, ordering: .sequentiallyConsistent)
    }

    /// Checks that were asked for so far.
    var count: Int { asked.load(ordering: .sequentiallyConsistent) }

    /// Answers what waits. On the lane's loop.
    func release() {
        let batches = waiting
        waiting.removeAll()
        for (batch, reply) in batches { inner.decide(batch, reply: reply) }
    }
}
