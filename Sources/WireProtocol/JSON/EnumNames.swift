package import LimitCore

extension Verdict {
    /// The name in the contract, for JSON and for messages.
    package var protoName: String {
        switch self {
        case .allowed: "VERDICT_ALLOWED"
        case .limited: "VERDICT_LIMITED"
        case .forbidden: "VERDICT_FORBIDDEN"
        case .unavailable: "VERDICT_UNAVAILABLE"
        }
    }
}

extension Reason {
    /// The name in the contract, for JSON and for messages.
    package var protoName: String {
        switch self {
        case .unspecified: "REASON_UNSPECIFIED"
        case .rate: "REASON_RATE"
        case .concurrency: "REASON_CONCURRENCY"
        case .costTooLarge: "REASON_COST_TOO_LARGE"
        case .tier: "REASON_TIER"
        case .blocked: "REASON_BLOCKED"
        case .storeUnavailable: "REASON_STORE_UNAVAILABLE"
        case .noRule: "REASON_NO_RULE"
        }
    }
}

extension ReplicaState {
    /// The name in the contract, for JSON and for messages.
    package var protoName: String {
        switch self {
        case .unspecified: "REPLICA_STATE_UNSPECIFIED"
        case .warming: "REPLICA_STATE_WARMING"
        case .ready: "REPLICA_STATE_READY"
        case .draining: "REPLICA_STATE_DRAINING"
        }
    }
}
