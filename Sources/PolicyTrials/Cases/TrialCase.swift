package import LimitCore
package import LimitPolicy

/// What an operator expects of a policy: calls at given times, and what each is to be answered.
package struct TrialCase: Sendable {
    package var name: String
    package var mark: Mark
    /// When the case begins, in microseconds since the Unix epoch.
    package var start: Microseconds
    package var steps: [TrialStep] = []
}

/// A call, the same call several times, or a change of what the calls below it are decided by.
package struct TrialStep: Sendable {
    package var mark: Mark
    /// Since the case's start; never before the step above.
    package var at: Microseconds
    /// How often the call is made, from 1.
    package var count = 1
    /// Between two of these calls.
    package var every: Microseconds = 0
    package var action: TrialAction
}

/// What a step does.
package enum TrialAction: Sendable, Equatable {
    case check(TrialCheck)
    case lease(TrialLeaseCall)
    case replicas(TrialReplicas)
}

/// A check and what it is to be answered.
package struct TrialCheck: Sendable, Equatable {
    package var request: CheckRequest
    package var expected: Expected
    /// What the leases that it is handed go by in later steps; nil where none is asked for.
    package var leaseName: String?
}

/// What the calls of a step are to be answered.
package enum Expected: Sendable, Equatable {
    /// Every call, with what is given here.
    case each(ExpectedAnswer)
    /// So many calls of each verdict; verdicts that are not named, not once.
    case counts([Verdict: Int])
}

/// The parts of an answer that a case asks for.
package struct ExpectedAnswer: Sendable, Equatable {
    package enum Wait: Sendable, Equatable {
        case milliseconds(UInt64)
        case never
    }

    package var verdict: Verdict?
    package var reason: Reason?
    /// The rule that decides; empty for none.
    package var rule: String?
    /// The deciding limit.
    package var limit: String?
    /// Of the deciding limit.
    package var remaining: UInt64?
    /// Of limits by name.
    package var remainingByLimit: [String: UInt64] = [:]
    package var retryAfter: Wait?
    package var message: String?

    package init() {}
}
