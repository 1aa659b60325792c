package import LimitCore

/// What the policy makes of one check.
package struct Pricing: Sendable, Equatable {
    package enum Decision: Sendable, Equatable {
        /// The store decides these charges; none at all is allowed.
        case charges(Range<Int>)
        /// The rule lets every call pass.
        case exempt
        /// Blocked, of the wrong tier, or without a rule. The words are the policy's and may be empty.
        case forbidden(Reason, message: String)
    }

    /// The rule that matched, in `Policy.rules`.
    package var rule: Int?
    package var decision: Decision
    /// How long the lease lasts that the check carries if it is admitted; 0 where it carries none.
    package var leaseTime: Microseconds = 0
    /// The rule's requirement is not met, and its shadow lets the call pass all the same.
    package var missesRequirement = false

    /// Of a lease without slots: ten minutes.
    package static let leaseTimeWithoutSlots: Microseconds = 600_000_000

    package init(rule: Int?, decision: Decision, missesRequirement: Bool = false) {
        self.rule = rule
        self.decision = decision
        self.missesRequirement = missesRequirement
    }
}
