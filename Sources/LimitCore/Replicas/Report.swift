/// What a replica says of itself. Raw values are those of the contract.
package enum ReplicaState: UInt8, Sendable, CaseIterable {
    case unspecified = 0
    case warming = 1
    case ready = 2
    case draining = 3
}

/// A replica's heartbeat.
package struct ReportRequest: Sendable, Equatable {
    /// Unique per replica; 1 to 128 bytes.
    package var replica: String
    /// What it serves; up to 128 bytes.
    package var pool: String
    package var state: ReplicaState
    /// 0 idle to 1 saturated, above 1 queueing; finite, never negative.
    package var load: Double
    /// Forget the replica after this silence, at most a day; 0 means 10,000.
    package var ttlMilliseconds: Int64

    package init(replica: String, pool: String, state: ReplicaState, load: Double = 0, ttlMilliseconds: Int64 = 0) {
        self.replica = replica
        self.pool = pool
        self.state = state
        self.load = load
        self.ttlMilliseconds = ttlMilliseconds
    }
}

package struct ReportResponse: Sendable, Equatable {
    /// What the pool's limits are multiplied by now.
    package var scale: Double
    /// Known in the pool.
    package var replicas: UInt32

    package init(scale: Double, replicas: UInt32) {
        self.scale = scale
        self.replicas = replicas
    }
}
