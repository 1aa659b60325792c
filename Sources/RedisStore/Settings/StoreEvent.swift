/// A transition worth a line in the log. Nothing in it is secret: no client, no key, no password.
package enum StoreEvent: Sendable, Equatable {
    /// A lane has a connection that is ready.
    case connected(RedisAddress)
    /// A lane's connection is gone, or could not be made.
    case lost(RedisAddress?, StoreError)
    /// The store does not answer: checks are answered by their rules' `on-store-failure`. Once per outage.
    case unavailable
    /// The store answers again.
    case available
    /// Something an operator should change.
    case warning(String)
    /// A Cluster's or a Sentinel's masters changed.
    case mastersChanged
}
