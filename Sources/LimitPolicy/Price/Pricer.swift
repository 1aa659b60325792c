package import LimitCore

/// Prices checks by one policy: which rule, which limits, which counters, at what cost.
///
/// A lane owns one for as long as it holds the policy; what it learns on the way (digests of clients, rates that came
/// with calls) stays in bounded caches of its own. After the first calls nothing is allocated here.
package final class Pricer {
    package let policy: Policy
    /// Checks that named a tier the policy does not have.
    package private(set) var unknownTiers = 0
    /// By entry of `Policy.warmUps`: what the rules' limits are multiplied by, in millionths from 0 to 1,000,000.
    package private(set) var scales: [Int64]
    /// What operators have decided, compiled for this policy.
    package var operators = OperatorTable.empty
    package var hasOperators: Bool { !operators.isEmpty }
    /// Now, by the clock that operators' decisions end by; a batch has one.
    package var now: Microseconds = 0

    var digests = LaneCache<[UInt8]>(size: rememberedDigests)
    var inlineTerms = LaneCache<InlineTerms>(size: rememberedInlineRates)
    /// By field: the check's value. Only those in `touched` differ from empty.
    private(set) var fields: [ByteRange]
    private var touched: [Int] = []
    var scratch: [UInt8] = []

    package init(_ policy: Policy) {
        self.policy = policy
        scales = Array(repeating: 1_000_000, count: policy.warmUps.count)
        fields = Array(repeating: .empty, count: policy.fields.count)
    }

    /// Sets a scale; what is out of range is taken for the nearest that is not.
    package func setScale(_ millionths: Int64, ofWarmUp index: Int) {
        scales[index] = min(max(millionths, 0), 1_000_000)
    }

    /// Prices a check and appends its charges; appends nothing where the policy decides alone or the check is broken.
    ///
    /// In this order: a client blocked by an operator or by the policy, the first rule that matches (or `otherwise`), the tier it requires, its
    /// exemption, then the limits of `everywhere`, of the rule and of the call, without those a client's unlimited
    /// standing removes. Counters' names are appended to the questions' text.
    package func price(
        _ check: Int,
        of questions: inout Questions,
        into charges: inout [Charge]
    ) throws(InvalidField) -> Pricing {
        if let hits = questions.checks[check].hits {
            if hits < 0, !policy.envoy.negativeHits {
                throw InvalidField("is_negative_hits", "is not taken by this policy")
            }
            questions.identify(check, client: policy.envoy.client, route: policy.envoy.route)
        }
        let question = questions.checks[check]
        let standing = standing(of: question, in: questions)
        if standing.namedUnknownTier { unknownTiers += 1 }
        if let ruling = standing.ruling, operators.rulings[ruling].blockedUntil > now {
            return Pricing(rule: nil, decision: .forbidden(.blocked, message: operators.rulings[ruling].message))
        }
        if let entry = standing.entry, policy.directory.entries[entry].blocked {
            let message = policy.directory.entries[entry].message
            return Pricing(rule: nil, decision: .forbidden(.blocked, message: message))
        }
        readFields(question, questions)
        guard let rule = policy.index.firstMatch(fields, in: questions.text.span) else {
            if policy.otherwise == .refuse {
                return Pricing(rule: nil, decision: .forbidden(.noRule, message: ""))
            }
            return try charge(question, standing, rule: nil, &questions, &charges)
        }
        return try price(question, standing, rule: rule, &questions, &charges)
    }

    private func price(
        _ question: Question,
        _ standing: Standing,
        rule: Int,
        _ questions: inout Questions,
        _ charges: inout [Charge]
    ) throws(InvalidField) -> Pricing {
        var misses = false
        let plan = policy.table.rules[rule]
        if plan.hasRequirement, let requirement = policy.rules[rule].requirement,
            !requirement.tiers.contains(standing.tier)
        {
            guard policy.rules[rule].shadow else {
                return Pricing(rule: rule, decision: .forbidden(.tier, message: requirement.message))
            }
            misses = true
        }
        if plan.isExempt {
            return Pricing(rule: rule, decision: .exempt, missesRequirement: misses)
        }
        var pricing = try charge(question, standing, rule: rule, &questions, &charges)
        pricing.missesRequirement = misses
        return pricing
    }

    private func charge(
        _ question: Question,
        _ standing: Standing,
        rule: Int?,
        _ questions: inout Questions,
        _ charges: inout [Charge]
    ) throws(InvalidField) -> Pricing {
        let first = charges.count
        var needsLease = false
        for limit in policy.everywhere {
            needsLease = appendCharge(limit, question, standing, &questions, &charges) || needsLease
        }
        if let rule, !hasOverride(question, questions) {
            for limit in policy.table.rules[rule].limits {
                needsLease = appendCharge(limit, question, standing, &questions, &charges) || needsLease
            }
        }
        if !question.inlineLimits.isEmpty {
            do throws(InvalidField) {
                let asks = try appendInlineCharges(question, standing, first, &questions, &charges)
                needsLease = asks || needsLease
            } catch {
                charges.removeLast(charges.count - first)
                throw error
            }
        }
        if let hits = question.hits { charge(hits, on: first, of: &charges) }
        var pricing = Pricing(rule: rule, decision: .charges(first..<charges.count))
        if needsLease, !question.peek, question.hits == nil {
            pricing.leaseTime = min(
                policy.everywhereLeaseTime,
                rule.map { policy.table.rules[$0].leaseTime } ?? Pricing.leaseTimeWithoutSlots
            )
        }
        return pricing
    }

    private func readFields(_ question: Question, _ questions: Questions) {
        for field in touched { fields[field] = .empty }
        touched.removeAll(keepingCapacity: true)
        fields[0] = question.route
        if fields.count == 1 { return }
        for index in question.attributes {
            let attribute = questions.attributes[index]
            if let field = policy.fields.find(questions.text.span.extracting(attribute.key.indices)) {
                fields[Int(field)] = attribute.value
                touched.append(Int(field))
            }
        }
    }
}
