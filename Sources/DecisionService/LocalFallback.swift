import LimitCore
import LimitPolicy
package import LimitStore

/// Decides in this daemon's memory what the shared store did not: each limit with this daemon's share of it.
///
/// With N daemons known, each admits at most 1/N of a limit, at least one, so that together they stay near it. What is
/// charged here is never carried into the shared store.
package final class LocalFallback {
    private let store: MemoryStore
    private let daemons: () -> Int
    private let scratch = CheckBatch()

    /// - Parameters:
    ///   - store: shared by the lanes of the daemon, and small: it counts during outages only.
    ///   - daemons: how many shared the store when it was last heard of, this one included.
    package init(store: MemoryStore, daemons: @escaping () -> Int) {
        self.store = store
        self.daemons = daemons
    }

    /// Puts results, outcomes and the limits in force into the batch for these checks.
    func decide(_ checks: [Int], of batch: CheckBatch, under policy: Policy) {
        scratch.questions = batch.questions
        scratch.priced = Array(repeating: 0..<0, count: batch.priced.count)
        let divisor = Int64(max(1, daemons()))
        for check in checks {
            for index in batch.priced[check] { Self.reduce(&batch.charges[index], by: divisor, under: policy) }
            scratch.priced[check] = batch.priced[check]
        }
        scratch.charges = batch.charges
        scratch.leases = batch.leases
        store.decide(scratch) { _ in }
        for check in checks {
            batch.results[check] = scratch.results[check]
            grant(check, to: batch)
            for index in batch.priced[check] { batch.outcomes[index] = scratch.outcomes[index] }
        }
        scratch.removeAll()
    }

    /// Ends or keeps leases that were granted here.
    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        store.settle(batch, reply: reply)
    }

    private func grant(_ check: Int, to batch: CheckBatch) {
        guard let grant = scratch.grants[check] else { return }
        let first = batch.held.count
        batch.held += scratch.held[grant.held]
        batch.grants[check] = LeaseGrant(expiry: grant.expiry, held: first..<batch.held.count)
    }

    private static func reduce(_ charge: inout Charge, by divisor: Int64, under policy: Policy) {
        if charge.source >= 0, policy.limits[Int(charge.source)].hasFullLocalShare { return }
        charge.reduce { share($0, divisor) }
    }

    private static func share(_ number: Int64, _ divisor: Int64) -> Int64 {
        number == 0 ? 0 : max(1, number / divisor)
    }
}
