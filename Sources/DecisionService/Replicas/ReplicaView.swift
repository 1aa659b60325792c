package import LimitCore
package import LimitPolicy

/// The replicas at an instant of the store's clock, and what the limits in front of them come to.
package struct ReplicaView: Sendable {
    let table: ReplicaTable
    let now: Microseconds

    package init(_ table: ReplicaTable = ReplicaTable(), at now: Microseconds = 0) {
        self.table = table
        self.now = now
    }

    /// What the limits of a rule are multiplied by, in millionths: the mean over the pool's replicas of 1 (ready), the
    /// factor rising to 1 over the ramp (warming), 0 (draining). 1 where nobody reports.
    package func scale(of warmUp: WarmUp) -> Int64 {
        guard let replicas = table.pools[warmUp.pool], !replicas.isEmpty else { return 1_000_000 }
        let sum = replicas.values.reduce(0) { $0 + weight(of: $1, warmUp) }
        return sum / Int64(replicas.count)
    }

    private func weight(of replica: Replica, _ warmUp: WarmUp) -> Int64 {
        switch replica.state {
        case .draining: return 0
        case .ready, .unspecified: return 1_000_000
        case .warming:
            let elapsed = max(0, now - replica.since)
            if elapsed >= warmUp.ramp { return 1_000_000 }
            return warmUp.factor + mulDiv(1_000_000 - warmUp.factor, elapsed, warmUp.ramp).quotient
        }
    }

    /// The smallest scale that a rule's limits have by this pool, in millionths; 1 where no rule warms up with it.
    package func scale(ofPool pool: String, under policy: Policy) -> Int64 {
        policy.warmUps.lazy.filter { $0.pool == pool }.map { scale(of: $0) }.min() ?? 1_000_000
    }

    /// The pools for the status page, by name.
    package func pools(under policy: Policy) -> [StatusReport.Pool] {
        table.pools.sorted { $0.key < $1.key }.map { name, replicas in
            let ramp = policy.warmUps.lazy.filter { $0.pool == name }.map(\.ramp).max()
            return StatusReport.Pool(
                name: name,
                scale: Double(scale(ofPool: name, under: policy)) / 1e6,
                replicas: replicas.sorted { $0.key < $1.key }.map { id, replica in
                    StatusReport.Replica(
                        id: id,
                        state: replica.state.name,
                        load: replica.load,
                        since: replica.since / 1_000_000,
                        isOverdue: replica.state == .warming && ramp.map { now - replica.since > $0 } ?? false
                    )
                }
            )
        }
    }
}

extension ReplicaState {
    /// As the status page has it.
    package var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .warming: "warming"
        case .ready: "ready"
        case .draining: "draining"
        }
    }
}
