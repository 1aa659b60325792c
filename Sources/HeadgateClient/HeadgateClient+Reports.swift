import LimitCore
import NIOCore

/// What a pool of replicas comes to, as the daemon sees it.
public struct PoolReport: Sendable, Hashable {
    /// What the pool's limits are multiplied by now.
    public var scale: Double
    /// How many replicas the daemon knows.
    public var replicas: Int
}

extension HeadgateClient {
    /// How far a replica is.
    public enum ReplicaState: Sendable, Hashable, CaseIterable {
        case warming
        case ready
        case draining
    }

    /// A replica's heartbeat.
    ///
    /// - Parameters:
    ///   - pool: What it serves, a model's name, say. Up to 128 bytes.
    ///   - replica: A name that no other replica has. 1 to 128 bytes.
    ///   - state: How far it is.
    ///   - load: 0 idle to 1 saturated; above 1, calls queue.
    ///   - lifetime: The daemon forgets the replica after this silence, at most a day.
    /// - Returns: What the daemon makes of it; nil in an outage.
    /// - Throws: Only where the arguments are wrong.
    @discardableResult
    public func report(
        pool: String,
        replica: String,
        state: ReplicaState,
        load: Double = 0,
        lifetime: Duration = .seconds(10)
    ) async throws(HeadgateError) -> PoolReport? {
        guard load >= 0, load.isFinite else {
            throw HeadgateError(code: .invalidArgument, message: "load must be a finite number from 0 up")
        }
        let milliseconds = TimeAmount(lifetime).nanoseconds / 1_000_000
        guard milliseconds > 0 else {
            throw HeadgateError(code: .invalidArgument, message: "lifetime must be a millisecond at least")
        }
        let request = ReportRequest(
            replica: replica,
            pool: pool,
            state: state.wire,
            load: load,
            ttlMilliseconds: milliseconds
        )
        let deadline = NIODeadline.now() + TimeAmount(configuration.timeout)
        switch await fleet.ask(.report(request), for: replica, deadline: deadline) {
        case .answered(.report(let response)):
            return PoolReport(scale: response.scale, replicas: Int(response.replicas))
        case .invalid(let message): throw HeadgateError(code: .invalidArgument, message: message)
        case .answered, .outage, .notSent: return nil
        }
    }
}

extension HeadgateClient.ReplicaState {
    fileprivate var wire: LimitCore.ReplicaState {
        switch self {
        case .warming: .warming
        case .ready: .ready
        case .draining: .draining
        }
    }
}
