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
}

extension CounterTable {
    /// Leaves a counter as a decision left it. `reset` is the time until nothing counts any more.
    mutating func write(
        _ key: CounterKey,
        at place: Int?,
        _ after: Reading,
        _ limit: Limit,
        fullIn reset: Microseconds
    ) {
        let fullAt = Amount.sum(after.now, reset)
        let isDebt = after.used(limit) > limit.capacity
        if let place {
            update(at: place, after.state, fullAt: fullAt, isDebt: isDebt)
        } else {
            insert(key, after.state, fullAt: fullAt, isDebt: isDebt, now: after.now)
        }
    }
}
