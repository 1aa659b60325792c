package import LimitCore

/// A replica that has reported. Times are in microseconds by the store's clock.
package struct Replica: Sendable, Equatable {
    package var state: ReplicaState
    package var load: Double
    /// The first report of this state.
    package var since: Microseconds
    /// The last report.
    package var seen: Microseconds
    /// After so long without a report it is forgotten.
    package var lifetime: Microseconds

    package init(
        state: ReplicaState,
        load: Double,
        since: Microseconds,
        seen: Microseconds,
        lifetime: Microseconds
    ) {
        self.state = state
        self.load = load
        self.since = since
        self.seen = seen
        self.lifetime = lifetime
    }

    func isAlive(at now: Microseconds) -> Bool { Amount.sum(seen, lifetime) > now }
}

/// The replicas that have reported, by pool and name: the twin of what the store's script keeps.
package struct ReplicaTable: Sendable, Equatable {
    /// Further ones are not taken.
    package static let most = 4096
    /// How long a silent replica is remembered that does not say it.
    package static let usualLifetime: Microseconds = 10_000_000

    /// After how long without a further report its replica is forgotten.
    package static func lifetime(of report: ReportRequest) -> Microseconds {
        report.ttlMilliseconds <= 0 ? usualLifetime : Amount.product(report.ttlMilliseconds, 1000)
    }

    package private(set) var pools: [String: [String: Replica]] = [:]
    private var count = 0

    package init() {}

    /// Puts a replica in as a store tells of it.
    package mutating func insert(_ replica: Replica, pool: String, name: String) {
        if pools[pool, default: [:]].updateValue(replica, forKey: name) == nil { count += 1 }
    }

    /// Notes a report that came at an instant; one that is older than the last is passed over. False where there are
    /// too many replicas already.
    @discardableResult
    package mutating func note(_ report: ReportRequest, at time: Microseconds) -> Bool {
        let old = pools[report.pool]?[report.replica]
        if let old, old.seen > time { return true }
        guard old != nil || count < Self.most else { return false }
        let goesOn = old.map { $0.state == report.state && $0.isAlive(at: time) } ?? false
        let replica = Replica(
            state: report.state,
            load: report.load,
            since: goesOn ? old?.since ?? time : time,
            seen: time,
            lifetime: Self.lifetime(of: report)
        )
        insert(replica, pool: report.pool, name: report.replica)
        return true
    }

    /// Forgets the replicas that were silent for longer than they said they would be.
    package mutating func forget(at now: Microseconds) {
        for (pool, replicas) in pools where replicas.values.contains(where: { !$0.isAlive(at: now) }) {
            let alive = replicas.filter { $0.value.isAlive(at: now) }
            count -= replicas.count - alive.count
            pools[pool] = alive.isEmpty ? nil : alive
        }
    }
}
