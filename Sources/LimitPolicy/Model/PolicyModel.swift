internal import LimitCore

/// A policy file as it was read and found valid, before it is compiled. Tiers go by their index in `tiers`.
struct PolicyModel {
    var tiers: [TierModel] = []
    /// By the bytes of a tier's name: Swift takes strings for equal that differ in bytes.
    var tierIndex: [[UInt8]: Int] = [:]
    /// Nil: a client that nobody gave a tier has none.
    var defaultTier: Int?
    var clients: [ClientModel] = []
    var everywhere: [LimitModel] = []
    var rules: [RuleModel] = []
    var refusesOtherwise = false
    var refusesInlineLimits = false
    /// What rates are counted by where neither limit nor rule says; nil: sliding-window.
    var algorithm: Placed<Algorithm>?
    var shadow = false
    var envoy = EnvoyMapping()
}

struct TierModel {
    var name: String
    /// In millionths.
    var multiplier: Int64 = 1_000_000
    var unlimited = false
}

struct ClientModel {
    enum Identity: Hashable {
        case clear([UInt8])
        /// SHA-256 of the client.
        case digest([UInt8])
    }

    var identity: Identity
    var tier: Int?
    var blocked = false
    var message = ""
    var unlimited = false
}

struct RuleModel {
    var name: String
    var place: Located
    /// Nil: every route.
    var route: String?
    var match: [(attribute: String, pattern: String)] = []
    var requirement: Requirement?
    var limits: [LimitModel] = []
    var exempt = false
    var shadow = false
    var pool: String?
    var warmUp: WarmUp?
    var onStoreFailure = StoreFailureAnswer.local
    var algorithm: Placed<Algorithm>?
}

struct LimitModel {
    enum Counting {
        case rate(Rate)
        /// So many at the same time.
        case slots(Int64)
    }

    /// A number in place of the limit's own for one tier.
    enum TierNumber: Equatable {
        case count(Int64)
        case unlimited
    }

    var name: String
    var place: Located
    var counting: Counting
    /// Where the rate or the number of slots was written.
    var countingPlace: Located
    var algorithm: Algorithm
    /// Where the algorithm was chosen; nil where it is the built-in default or follows from the limit's kind.
    var algorithmPlace: Located?
    /// Nil: as much as the count.
    var burst: Int64?
    var per: [PerValue] = [.client]
    var tiers: [Int: TierNumber] = [:]
    var shadow = false
    var overdraft = false
    /// How large a sliding log may grow; nil: 1,000.
    var maxLog: Int64?
    var fullLocalShare = false
    /// How long a slot is held without a sign of life; nil where the limit has no slots.
    var lease: Microseconds?

    static let mostSlots: Int64 = 4_096

    /// The largest number it can have for anybody: what it can remember is bounded for two algorithms.
    var largestCount: Int64 {
        switch algorithm {
        case .slidingLog: maxLog ?? SlidingLog.usualCount
        case .concurrency: Self.mostSlots
        case .fixedWindow, .slidingWindow, .tokenBucket: Amount.max
        }
    }

    var isPerClient: Bool { per.contains(.client) }

    var unit: String {
        switch counting {
        case .rate(let rate): rate.unit
        case .slots: "slots"
        }
    }

    var count: Int64 {
        switch counting {
        case .rate(let rate): rate.count
        case .slots(let count): count
        }
    }
}

/// A value that a limit is counted by.
enum PerValue: Hashable {
    case client
    case route
    case tier
    case attribute(String)

    init(name: String) {
        switch name {
        case "client": self = .client
        case "route": self = .route
        case "tier": self = .tier
        default: self = .attribute(name)
        }
    }

    var name: String {
        switch self {
        case .client: "client"
        case .route: "route"
        case .tier: "tier"
        case .attribute(let name): name
        }
    }
}
