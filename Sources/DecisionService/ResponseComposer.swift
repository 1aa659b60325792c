import LimitCore
import LimitPolicy

/// Makes the answer to a check from what the policy and the store found. One response is used again and again.
struct ResponseComposer {
    private(set) var response = CheckResponse(verdict: .allowed)

    /// The answer the policy gives alone.
    mutating func compose(_ pricing: Pricing, under policy: Policy) {
        begin(pricing, under: policy)
        if case .forbidden(let reason, let message) = pricing.decision {
            response.verdict = .forbidden
            response.reason = reason
            response.message = message
        }
    }

    /// The answer to a check that the store decided, from its charges and their result.
    mutating func compose(
        _ pricing: Pricing,
        check: Int,
        charges range: Range<Int>,
        result: CheckResult,
        of batch: CheckBatch,
        by pricer: Pricer,
        isDegraded: Bool
    ) {
        begin(pricing, under: pricer.policy)
        response.degraded = isDegraded
        let charges = batch.charges[range]
        let deciding: DecidingLimit
        switch result {
        case .pending, .unknown: preconditionFailure("a check was answered that the store has not decided")
        case .admitted:
            deciding = DecidingLimit(admitted: charges, batch.outcomes)
        case .refused:
            deciding = DecidingLimit(refused: charges, batch.outcomes)
            refuse(deciding)
        }
        if let charge = deciding.charge { append(charge, of: batch, by: pricer) }
        if batch.questions.checks[check].allLimits {
            for charge in charges.indices where charge != deciding.charge { append(charge, of: batch, by: pricer) }
        }
    }

    /// The answer of a rule that does not go on locally while the store is out.
    mutating func composeDegraded(_ pricing: Pricing, isAllowed: Bool, under policy: Policy) {
        begin(pricing, under: policy)
        response.degraded = true
        if isAllowed { return }
        response.verdict = .unavailable
        response.reason = .storeUnavailable
        response.retryAfterMilliseconds = 1000
    }

    /// Adds the lease that the check was granted.
    mutating func attach(_ token: [UInt8], lasting time: Microseconds) {
        response.lease = token
        response.leaseMilliseconds = UInt64(max(0, time) / 1000)
    }

    private mutating func begin(_ pricing: Pricing, under policy: Policy) {
        response.verdict = .allowed
        response.reason = .unspecified
        response.retryAfterMilliseconds = 0
        response.limits.removeAll(keepingCapacity: true)
        response.rule = pricing.rule.map { policy.rules[$0].name } ?? ""
        response.message = ""
        response.lease = []
        response.leaseMilliseconds = 0
        response.degraded = false
        response.policy = policy.fingerprint
        response.never = false
    }

    private mutating func refuse(_ deciding: DecidingLimit) {
        response.verdict = .limited
        response.reason = deciding.reason
        switch deciding.retry {
        case .never: response.never = true
        case .after(let wait): response.retryAfterMilliseconds = Self.milliseconds(wait)
        }
    }

    private mutating func append(_ index: Int, of batch: CheckBatch, by pricer: Pricer) {
        let charge = batch.charges[index]
        let outcome = batch.outcomes[index]
        let isInline = charge.source < 0
        let source = Int(charge.source)
        var limit = charge.limit
        limit.capacity = charge.capacity
        response.limits.append(
            LimitState(
                name: isInline
                    ? pricer.limitName(charge.source, of: batch.questions)
                    : pricer.policy.limits[source].name,
                limit: UInt64(limit.capacity),
                remaining: UInt64(charge.remaining(outcome)),
                resetMilliseconds: Self.milliseconds(outcome.reset),
                windowMilliseconds: Self.milliseconds(limit.span),
                unit: isInline
                    ? pricer.limitUnit(charge.source, of: batch.questions)
                    : pricer.policy.limits[source].unit,
                limited: outcome.limited,
                shadow: charge.shadow,
                calendar: limit.calendar
            )
        )
    }

    /// Rounded up, as all times on the wire are.
    private static func milliseconds(_ time: Microseconds) -> UInt64 {
        UInt64(max(0, time) / 1000 + (time > 0 && time % 1000 != 0 ? 1 : 0))
    }
}
