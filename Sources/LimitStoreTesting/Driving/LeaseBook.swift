package import LimitCore

/// What those who were handed leases keep of them.
package struct LeaseBook: Sendable {
    private struct Lease: Sendable {
        var charges: [(counter: CounterName, held: HeldCharge)]
        /// As it was handed out, and by the last renewal.
        var first: Microseconds
        var latest: Microseconds
    }

    private var leases: [UInt64: Lease] = [:]

    package init() {}

    /// Keeps the lease of an answer, if there is one.
    package mutating func take(_ answer: Answer, to check: TestCheck) {
        guard let grant = answer.grant, let terms = check.lease else { return }
        let charges = grant.held.sorted { $0.key < $1.key }.map { (check.charges[$0.key].counter, $0.value) }
        leases[terms.id] = Lease(charges: charges, first: grant.expiry, latest: grant.expiry)
    }

    /// The operation as a store takes it; nil where no such lease was granted.
    package func operation(_ operation: TestOperation) -> LeaseOperation? {
        guard let lease = leases[operation.lease] else { return nil }
        return LeaseOperation(
            id: operation.lease,
            ends: operation.ends,
            expiry: operation.isOldToken ? lease.first : lease.latest,
            time: operation.time,
            charges: lease.charges.map(\.held),
            targets: lease.charges.map { operation.targets[$0.counter] }
        )
    }

    /// Keeps what a renewal handed out. A lease that was ended has no expiry: it is returned as 0.
    @discardableResult
    package mutating func take(_ result: LeaseResult, of operation: TestOperation) -> LeaseResult {
        guard case .done(let expiry, let isInDebt) = result else { return result }
        if operation.ends { return .done(expiry: 0, isInDebt: isInDebt) }
        leases[operation.lease]?.latest = expiry
        return result
    }
}
