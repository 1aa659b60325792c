import LimitCore

/// What became of leases that were settled or renewed. A lease that nobody has touched has no record.
///
/// A record stays a second longer than the lease could live, so that what was settled stays settled. Where there is no
/// room for another one the lease cannot be ended or kept: what it holds then stays charged.
struct LeaseRecords {
    struct Record {
        /// By charge: what it holds now; nil once the lease was settled.
        var held: [Int64]?
        /// When the lease runs out.
        var expiry: Microseconds
        var forgetAt: Microseconds
    }

    private var records: [UInt64: Record] = [:]
    private var nextSweep: Microseconds = 0

    var count: Int { records.count }

    subscript(lease: UInt64) -> Record? { records[lease] }

    mutating func write(_ record: Record, of lease: UInt64) {
        records[lease] = record
    }

    /// Forgets records that nobody can ask for any more; looks at most every few seconds.
    mutating func sweep(now: Microseconds) {
        guard !records.isEmpty, now >= nextSweep || nextSweep - now > Self.pause else { return }
        nextSweep = now + Self.pause
        records = records.filter { $0.value.forgetAt > now }
    }

    private static let pause: Microseconds = 10_000_000
}
