import LimitCore

/// One limit as it stands after a decision.
public struct LimitStanding: Sendable, Hashable {
    /// `<rule>/<limit>`, stable across reloads of the policy.
    public var name: String
    /// In force for this client now; of a token bucket, what it holds.
    public var limit: UInt64
    /// What a further call could take now.
    public var remaining: UInt64
    /// Until `remaining` equals `limit`, if nobody calls.
    public var reset: Duration
    /// The window; zero for a limit on concurrency.
    public var window: Duration
    /// `requests`, `tokens`, ...
    public var unit: String
    /// This limit refused the call.
    public var isLimited: Bool
    /// Evaluated, but never in the way.
    public var isShadow: Bool

    init(_ state: LimitState) {
        name = state.name
        limit = state.limit
        remaining = state.remaining
        reset = .milliseconds(Int64(clamping: state.resetMilliseconds))
        window = .milliseconds(Int64(clamping: state.windowMilliseconds))
        unit = state.unit
        isLimited = state.limited
        isShadow = state.shadow
    }
}
