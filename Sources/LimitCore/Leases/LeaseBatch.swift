/// Changes to leases that a store carries out, each in one atomic step and at most once.
///
/// One thread at a time owns a batch, as with `CheckBatch`.
package final class LeaseBatch {
    package var operations: [LeaseOperation]
    /// By operation, filled by the store.
    package var results: [LeaseResult]

    package init(_ operations: [LeaseOperation]) {
        self.operations = operations
        results = Array(repeating: .pending, count: operations.count)
    }
}

/// Ends a lease or keeps it: sets what each of its charges holds, and applies the difference.
package struct LeaseOperation: Sendable, Equatable {
    package var id: UInt64
    /// Settles the lease and frees its slots; else it is renewed, and what is held only rises.
    package var ends: Bool
    /// When the lease as it was handed out runs out, by the store's clock.
    package var expiry: Microseconds
    /// What a renewal adds from now.
    package var time: Microseconds
    package var charges: [HeldCharge]
    /// By charge: what it is to hold; nil leaves it.
    package var targets: [Int64?]
    /// When the caller stops waiting, on the lane's monotonic clock.
    package var deadline: Microseconds

    package init(
        id: UInt64,
        ends: Bool,
        expiry: Microseconds,
        time: Microseconds,
        charges: [HeldCharge],
        targets: [Int64?],
        deadline: Microseconds = .max
    ) {
        self.id = id
        self.ends = ends
        self.expiry = expiry
        self.time = time
        self.charges = charges
        self.targets = targets
        self.deadline = deadline
    }
}

/// What became of a lease operation.
package enum LeaseResult: Sendable, Equatable {
    /// Not yet carried out.
    case pending
    /// Carried out. The lease runs out at `expiry` unless it was ended. `isInDebt`: a counter that the operation
    /// charged stands above its limit now.
    case done(expiry: Microseconds, isInDebt: Bool)
    /// Nothing was changed: the lease was settled before, or it has run out.
    case gone
    /// The store did not answer. Whether anything was changed is not known.
    case unknown
}
