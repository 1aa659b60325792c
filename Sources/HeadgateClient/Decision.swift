package import LimitCore

/// May the call go on, and how its limits stand.
public struct Decision: Sendable, Equatable {
    /// What the daemon said, or in an outage what ``HeadgateClient/Configuration/onFailure`` says.
    public enum Verdict: Sendable, Hashable, CaseIterable {
        case allowed
        /// Over a limit: HTTP 429.
        case limited
        /// Not entitled to this route at all: HTTP 403.
        case forbidden
        /// Nobody could decide, and the rule or the configuration says to refuse then: HTTP 503.
        case unavailable
    }

    /// Why a verdict is not `allowed`.
    public enum Reason: Sendable, Hashable, CaseIterable {
        /// A rate limit is used up.
        case rate
        /// All slots are taken.
        case concurrency
        /// This cost can never fit: do not retry.
        case costTooLarge
        /// The route needs another tier.
        case tier
        /// The client is blocked.
        case blocked
        /// The daemon's store is out, and the rule says to refuse then.
        case storeUnavailable
        /// No rule matches, and the policy refuses such calls.
        case noRule
    }

    public var verdict: Verdict
    /// Nil when allowed, and in an outage.
    public var reason: Reason?
    /// When the same cost fits again; nil when allowed, or where waiting does not help.
    public var retryAfter: Duration?
    /// The deciding limit first; the others follow where all were asked for.
    public var limits: [LimitStanding]
    /// The rule of the policy that matched.
    public var rule: String?
    /// The policy's own words for a refusal.
    public var message: String?
    /// Decided without the shared store, or without any daemon.
    public var degraded: Bool
    /// Why no daemon decided; nil where one did.
    public var outage: Outage?
    /// What was granted must be settled when the call is over, or it is held for ``leaseTime``.
    public var hasLease: Bool { leaseTime != nil }
    /// How long what was granted is held without a sign of life; nil where nothing has to be settled.
    public var leaseTime: Duration? {
        guard let response, !response.lease.isEmpty else { return nil }
        return .milliseconds(Int64(clamping: response.leaseMilliseconds))
    }
    /// Who was asked about: its daemon settles, too.
    package var client: String
    /// The daemon's answer as it came.
    package var response: CheckResponse?

    /// The call may go on.
    public var isAllowed: Bool { verdict == .allowed }
    /// Of the deciding limit; nil where no limit applies.
    public var limit: UInt64? { limits.first?.limit }
    /// What a further call could take now under the deciding limit.
    public var remaining: UInt64? { limits.first?.remaining }
    /// Until the deciding limit is whole again, if nobody calls.
    public var reset: Duration? { limits.first?.reset }

    package init(_ response: CheckResponse, client: String = "") {
        self.client = client
        verdict = Verdict(response.verdict)
        reason = Reason(response.reason)
        retryAfter =
            response.verdict == .allowed || response.never || response.retryAfterMilliseconds == 0
            ? nil : .milliseconds(Int64(clamping: response.retryAfterMilliseconds))
        limits = response.limits.map(LimitStanding.init)
        rule = response.rule.isEmpty ? nil : response.rule
        message = response.message.isEmpty ? nil : response.message
        degraded = response.degraded
        self.response = response
    }

    init(_ outage: Outage, onFailure: HeadgateClient.Configuration.OnFailure) {
        client = ""
        verdict = onFailure == .allow ? .allowed : .unavailable
        limits = []
        degraded = true
        self.outage = outage
    }
}

extension Decision.Verdict {
    fileprivate init(_ verdict: LimitCore.Verdict) {
        self =
            switch verdict {
            case .allowed: .allowed
            case .limited: .limited
            case .forbidden: .forbidden
            case .unavailable: .unavailable
            }
    }
}

extension Decision.Reason {
    fileprivate init?(_ reason: LimitCore.Reason) {
        switch reason {
        case .unspecified: return nil
        case .rate: self = .rate
        case .concurrency: self = .concurrency
        case .costTooLarge: self = .costTooLarge
        case .tier: self = .tier
        case .blocked: self = .blocked
        case .storeUnavailable: self = .storeUnavailable
        case .noRule: self = .noRule
        }
    }
}
