import LimitCore

extension ReportRequest {
    /// A heartbeat from outside: every dialect's parts go through here.
    init(
        replica: Span<UInt8>,
        pool: Span<UInt8>,
        state: UInt32,
        load: Double,
        ttlMilliseconds: UInt64
    ) throws(InvalidField) {
        let replica = try WireBounds.text(replica, "replica", atMost: WireBounds.replica)
        if replica.isEmpty { throw InvalidField("replica", "is empty") }
        let pool = try WireBounds.text(pool, "pool", atMost: WireBounds.pool)
        guard let state = UInt8(exactly: state).flatMap(ReplicaState.init(rawValue:)) else {
            throw InvalidField("state", "is not known")
        }
        guard load.isFinite, load >= 0 else { throw InvalidField("load", "is not a number from 0 up") }
        guard ttlMilliseconds <= WireBounds.ttlMilliseconds, let ttl = Int64(exactly: ttlMilliseconds) else {
            throw InvalidField("ttl_ms", "is above \(WireBounds.ttlMilliseconds)")
        }
        self.init(replica: replica, pool: pool, state: state, load: load, ttlMilliseconds: ttl)
    }
}
