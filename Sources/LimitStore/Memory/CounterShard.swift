import LimitCore
import Synchronization

/// A part of the memory store's counters under a lock of its own.
///
/// `@unchecked Sendable`: `table` and `leases` are touched only between `lock()` and `unlock()`.
final class CounterShard: @unchecked Sendable {
    private let mutex = Mutex<Void>(())
    var table: CounterTable
    var leases = LeaseRecords()

    init(capacity: Int, seed: UInt64) {
        table = CounterTable(capacity: capacity, seed: seed)
    }

    func lock() { mutex._unsafeLock() }

    func unlock() { mutex._unsafeUnlock() }
}
