package import LimitCore

extension Policy {
    /// Prices the check as a lane would and tells why it came out so.
    package func explain(_ request: CheckRequest) throws(InvalidField) -> Explanation {
        var questions = Questions()
        let check = try questions.append(request)
        var charges: [Charge] = []
        let pricer = Pricer(self)
        let pricing = try pricer.price(check, of: &questions, into: &charges)
        let question = questions.checks[check]
        let standing = pricer.standing(of: question, in: questions)
        var explanation = Explanation(
            tier: standing.tier < tiers.count ? tiers[standing.tier].name : nil,
            tierSource: tierSource(question, standing),
            pricing: pricing
        )
        explanation.rule = pricing.rule.map { rules[$0].name }
        explanation.passedOver = passedOver(pricing, pricer.fields, questions)
        explanation.limits = charges.map { inForce($0, standing, pricer, questions) }
        if case .charges = pricing.decision {
            explanation.removed = removed(from: charges, pricing.rule, standing)
        }
        if let rule = pricing.rule, let requirement = rules[rule].requirement,
            !requirement.tiers.contains(standing.tier)
        {
            explanation.requiredTiers = requirement.tiers.map { tiers[$0].name }
        }
        return explanation
    }

    private func tierSource(_ question: Question, _ standing: Standing) -> Explanation.TierSource {
        if standing.namedUnknownTier { return .unknown }
        if !question.tier.isEmpty { return .request }
        if let entry = standing.entry, directory.entries[entry].tier != nil { return .clients }
        return defaultTier == nil ? .none : .fallback
    }

    private func passedOver(
        _ pricing: Pricing,
        _ fields: [ByteRange],
        _ questions: Questions
    ) -> [Explanation.PassedOver] {
        if case .forbidden(.blocked, _) = pricing.decision { return [] }
        return rules[..<(pricing.rule ?? rules.count)].indices.compactMap { index in
            guard let field = self.index.failing(index, fields, questions.text.span) else { return nil }
            return Explanation.PassedOver(
                rule: rules[index].name,
                reason: mismatch(rules[index], field, questions.string(fields[field]))
            )
        }
    }

    private func mismatch(_ rule: PolicyRule, _ field: Int, _ value: String) -> String {
        if field == 0 { return "route \(quoted(value)) is not \(quoted(rule.route ?? "**"))" }
        let name = self.fields.names[field - 1]
        let pattern = rule.match.first { $0.attribute.utf8.elementsEqual(name.utf8) }?.pattern ?? ""
        if value.isEmpty { return "\(quoted(name)) is missing, not \(quoted(pattern))" }
        if pattern.isEmpty { return "\(quoted(name)) is \(quoted(value)), not missing" }
        return "\(quoted(name)) is \(quoted(value)), not \(quoted(pattern))"
    }

    private func inForce(
        _ charge: Charge,
        _ standing: Standing,
        _ pricer: Pricer,
        _ questions: Questions
    ) -> Explanation.LimitInForce {
        let limit = charge.source < 0 ? nil : limits[Int(charge.source)]
        return Explanation.LimitInForce(
            name: pricer.limitName(charge.source, of: questions),
            count: charge.limit.count,
            capacity: charge.limit.capacity,
            unit: pricer.limitUnit(charge.source, of: questions),
            algorithm: charge.limit.algorithm,
            window: charge.limit.window,
            calendar: charge.limit.calendar,
            per: limit?.per ?? ["client", "scope"],
            shadow: charge.shadow,
            reason: limit.map { reason($0, standing) } ?? inlineReason(standing)
        )
    }

    private func reason(_ limit: PolicyLimit, _ standing: Standing) -> String {
        guard standing.tier < tiers.count else { return "as the file gives it" }
        let tier = tiers[standing.tier]
        if let own = limit.tierCounts[standing.tier], own != nil {
            return "the limit's own number for tier \(quoted(tier.name)), in place of \(limit.count)"
        }
        guard limit.isPerClient, tier.multiplierMillionths != 1_000_000 else { return "as the file gives it" }
        return "\(limit.count) x \(Decimal.text(tier.multiplierMillionths)) for tier \(quoted(tier.name))"
    }

    private func inlineReason(_ standing: Standing) -> String {
        guard standing.tier < tiers.count, tiers[standing.tier].multiplierMillionths != 1_000_000 else {
            return "as the call gives it"
        }
        let tier = tiers[standing.tier]
        return "the call's x \(Decimal.text(tier.multiplierMillionths)) for tier \(quoted(tier.name))"
    }

    private func removed(from charges: [Charge], _ rule: Int?, _ standing: Standing) -> [Explanation.Removed] {
        let sources = Set(charges.map { Int($0.source) })
        let applying = Array(everywhere) + Array(rule.map { rules[$0].limits } ?? 0..<0)
        return applying.filter { !sources.contains($0) }.map { source in
            Explanation.Removed(name: limits[source].name, reason: removal(of: limits[source], standing))
        }
    }

    private func removal(of limit: PolicyLimit, _ standing: Standing) -> String {
        if standing.isUnlimited || standing.tier >= tiers.count { return "the client is unlimited" }
        let tier = quoted(tiers[standing.tier].name)
        return tiers[standing.tier].isUnlimited ? "tier \(tier) is unlimited" : "unlimited for tier \(tier)"
    }
}
