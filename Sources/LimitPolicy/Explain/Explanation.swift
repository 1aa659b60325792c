package import LimitCore

/// Why a policy judges a check the way it does, for `headgate policy explain`. The client is not in it.
package struct Explanation: Sendable, Equatable {
    package enum TierSource: String, Sendable {
        case request = "named by the call"
        case clients = "from clients:"
        case fallback = "the default"
        case unknown = "the default, for the call names one that is not known"
        case none = "nobody gave the client one"
    }

    package struct PassedOver: Sendable, Equatable {
        package var rule: String
        /// What did not match: `route /a is not /b/*`.
        package var reason: String
    }

    package struct LimitInForce: Sendable, Equatable {
        package var name: String
        /// The number in force, what fits at once, and by what it is counted.
        package var count: Int64
        package var capacity: Int64
        package var unit: String
        package var algorithm: Algorithm
        /// W; of slots, how long one is held without a sign of life.
        package var window: Microseconds
        package var calendar: CalendarPeriod?
        package var per: [String]
        package var shadow: Bool
        /// How the number came about: `10 x 5 for tier premium`.
        package var reason: String
    }

    package struct Removed: Sendable, Equatable {
        package var name: String
        package var reason: String
    }

    /// Nil for a client that has none.
    package var tier: String?
    package var tierSource: TierSource
    package var rule: String?
    /// The rules before the one that matched, in file order; none where the client is blocked.
    package var passedOver: [PassedOver] = []
    package var pricing: Pricing
    package var limits: [LimitInForce] = []
    package var removed: [Removed] = []
    /// The tiers that would do, where the client's does not.
    package var requiredTiers: [String] = []
}
