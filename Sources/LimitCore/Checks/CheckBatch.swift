/// Checks on their way through the house: asked, priced by the policy, decided by the store.
///
/// One thread at a time owns a batch: a lane fills it, hands it to the store and gets it back.
package final class CheckBatch {
    package var questions = Questions()
    /// The charges of all checks, each check's together and in policy order.
    package var charges: [Charge] = []
    /// By check: where its charges lie. Checks that the policy answered alone have none.
    package var priced: [Range<Int>] = []
    /// By check: when its caller stops waiting, on the lane's monotonic clock.
    package var deadlines: [Microseconds] = []
    /// By check: the lease it carries if it is admitted; most carry none.
    package var leases: [Int: LeaseTerms] = [:]
    /// By charge, filled by the store.
    package var outcomes: [Outcome] = []
    /// By check, filled by the store.
    package var results: [CheckResult] = []
    /// By check, filled by the store for those that were admitted with a lease.
    package var grants: [Int: LeaseGrant] = [:]
    /// What the grants hold.
    package var held: [GrantedCharge] = []

    package init() {}

    /// Makes the batch as new and keeps its memory.
    package func removeAll() {
        questions.removeAll()
        charges.removeAll(keepingCapacity: true)
        priced.removeAll(keepingCapacity: true)
        deadlines.removeAll(keepingCapacity: true)
        if !leases.isEmpty { leases.removeAll(keepingCapacity: true) }
        outcomes.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        removeGrants()
    }

    private func removeGrants() {
        if !grants.isEmpty { grants.removeAll(keepingCapacity: true) }
        if !held.isEmpty { held.removeAll(keepingCapacity: true) }
    }

    /// Makes room for an outcome a charge and a result a check, all pending.
    package func prepareForStore() {
        let empty = Outcome(limited: false, remaining: 0, reset: 0, retry: .after(0))
        outcomes.removeAll(keepingCapacity: true)
        outcomes.append(contentsOf: repeatElement(empty, count: charges.count))
        results.removeAll(keepingCapacity: true)
        results.append(contentsOf: repeatElement(.pending, count: priced.count))
        removeGrants()
    }
}
