import LimitCore
import Synchronization

/// A part of the memory store's counters under a lock of its own.
///
/// `@unchecked Sendable`: `table` is touched only between `lock()` and `unlock()`.
final class CounterShard: @unchecked Sendable {
    private let mutex = Mutex<Void>(())
    var table: CounterTable

    init(capacity: Int, seed: UInt64) {
        table = CounterTable(capacity: capacity, seed: seed)
    }

    func lock() { mutex._unsafeLock() }

    func unlock() { mutex._unsafeUnlock() }

    /// Leaves a counter as a decision left it.
    func write(_ key: CounterKey, at place: Int?, _ after: Reading, _ limit: Limit) {
        let fullAt = Amount.sum(after.now, after.reset(limit))
        let isDebt = after.used(limit) > limit.capacity
        if let place {
            table.update(at: place, after.state, fullAt: fullAt, isDebt: isDebt)
        } else {
            table.insert(key, after.state, fullAt: fullAt, isDebt: isDebt, now: after.now)
        }
    }
}
