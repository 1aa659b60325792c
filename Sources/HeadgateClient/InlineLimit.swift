import LimitCore

/// A limit that comes with a call, beside the policy's own: `"10/minute"`.
public struct InlineLimit: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The rate notation: `10/minute`, `90000 tokens per minute`. Up to 64 bytes.
    public var rate: String
    /// What shares the counter; nil: the route.
    public var scope: String?
    /// `fixed-window`, `sliding-window` or `token-bucket`; nil: the policy's default.
    public var algorithm: String?
    /// What this call costs under this limit; nil: the usage of the rate's unit.
    public var cost: UInt64?
    /// How much a token bucket holds; nil: the rate's count.
    public var burst: UInt64?

    /// A limit of the given rate.
    public init(
        _ rate: String,
        scope: String? = nil,
        algorithm: String? = nil,
        cost: UInt64? = nil,
        burst: UInt64? = nil
    ) {
        self.rate = rate
        self.scope = scope
        self.algorithm = algorithm
        self.cost = cost
        self.burst = burst
    }

    public init(stringLiteral rate: String) {
        self.init(rate)
    }

    var request: CheckRequest.InlineLimit {
        CheckRequest.InlineLimit(
            rate: rate,
            scope: scope ?? "",
            algorithm: algorithm ?? "",
            cost: cost ?? 0,
            burst: burst ?? 0
        )
    }
}
