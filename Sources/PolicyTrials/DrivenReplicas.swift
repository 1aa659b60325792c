import DecisionService
import LimitCore

/// The replicas that a caller puts into pools, without anybody who reports.
struct DrivenReplicas {
    private struct Pool {
        /// When each that warms up began to, the longest first.
        var warming: [Microseconds] = []
        var ready = 0
        var draining = 0
    }

    private var pools: [String: Pool] = [:]
    private var table = ReplicaTable()

    /// No pool was ever given replicas.
    var isEmpty: Bool { pools.isEmpty }

    /// Those that warm up already go on; where fewer do than before, the longest at it are through.
    mutating func set(_ replicas: TrialReplicas, at now: Microseconds) {
        var pool = pools[replicas.pool] ?? Pool()
        pool.warming.removeFirst(max(0, pool.warming.count - replicas.warming))
        pool.warming += Array(repeating: now, count: replicas.warming - pool.warming.count)
        pool.ready = replicas.ready
        pool.draining = replicas.draining
        pools[replicas.pool] = pool
        table = ReplicaTable()
        for (name, pool) in pools { Self.insert(pool, name, into: &table) }
    }

    func view(at now: Microseconds) -> ReplicaView { ReplicaView(table, at: now) }

    private static func insert(_ pool: Pool, _ name: String, into table: inout ReplicaTable) {
        let states =
            pool.warming.map { (ReplicaState.warming, $0) }
            + Array(repeating: (.ready, 0), count: pool.ready)
            + Array(repeating: (.draining, 0), count: pool.draining)
        for (number, (state, since)) in states.enumerated() {
            let replica = Replica(state: state, load: 0, since: since, seen: since, lifetime: Amount.max)
            table.insert(replica, pool: name, name: "\(number)")
        }
    }
}
