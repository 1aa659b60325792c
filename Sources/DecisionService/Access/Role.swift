/// What the holder of a token may do.
package enum Role: String, Sendable, CaseIterable {
    /// Have calls decided: checks, settlements, renewals, replicas' reports.
    case check
    /// Look: status, dashboard, metrics, how limits stand.
    case read
    /// Everything.
    case admin

    /// Whether this role includes the other.
    package func includes(_ other: Role) -> Bool { self == other || self == .admin }
}
