package import LimitCore

/// What a rule asks of the client's tier.
package struct Requirement: Sendable, Equatable {
    /// Indices in `Policy.tiers`.
    package var tiers: [Int]
    /// The policy's words for a refusal; may be empty.
    package var message: String
}

/// How a rule's limits shrink while the replicas behind it warm up.
package struct WarmUp: Sendable, Hashable {
    /// The name replicas report under.
    package var pool: String
    /// What a replica that has just started counts as, in millionths of a ready one.
    package var factor: Int64
    /// What a limit never shrinks below, unless it is below that itself.
    package var minimum: Int64
    /// How long a replica takes from the factor to 1.
    package var ramp: Microseconds

    package init(pool: String, factor: Int64, minimum: Int64, ramp: Microseconds) {
        self.pool = pool
        self.factor = factor
        self.minimum = minimum
        self.ramp = ramp
    }
}

/// What a rule answers while the store is out.
package enum StoreFailureAnswer: String, Sendable, CaseIterable {
    /// Limits hold in this daemon's memory.
    case local
    case allow
    case refuse
}

/// What a call gets that no rule matches.
package enum Otherwise: String, Sendable {
    case allow
    case refuse
}

/// How Envoy's descriptors become checks.
package struct EnvoyMapping: Sendable, Equatable {
    package enum Headers: String, Sendable, CaseIterable {
        case off
        /// `RateLimit` and `RateLimit-Policy`.
        case ietf
        /// `X-RateLimit-Limit`, `-Remaining` and `-Reset`.
        case trio = "x-ratelimit"
    }

    /// Descriptor keys that hold the client; the first that is there wins.
    package var client: [String] = []
    /// Descriptor keys that hold the route; the first that is there wins.
    package var route: [String] = []
    package var headers = Headers.off
    /// Whether hits may be given back.
    package var negativeHits = false
}
