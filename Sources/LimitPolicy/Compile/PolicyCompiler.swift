internal import LimitCore

/// Turns a valid model into the tables that pricing reads.
struct PolicyCompiler {
    private let model: PolicyModel
    private let numbers: NumbersInForce
    private(set) var rules: [PolicyRule] = []
    private(set) var limits: [PolicyLimit] = []
    private(set) var warmUps: [WarmUp] = []
    var table = LimitTable()
    private(set) var fields = AttributeFields()
    /// By rule, for the index.
    private(set) var conditions: [[SourceCondition]] = []
    private var warmUpNumbers: [WarmUp: Int] = [:]

    init(_ model: PolicyModel) {
        self.model = model
        numbers = NumbersInForce(tiers: model.tiers)
    }

    mutating func compile() {
        for limit in model.everywhere {
            add(limit, rule: nil, ruleName: "everywhere", warmUp: nil, shadow: model.shadow)
        }
        for rule in model.rules { add(rule) }
        fields.freeze()
    }

    private mutating func add(_ rule: RuleModel) {
        let shadow = rule.shadow || model.shadow
        let warmUp = rule.warmUp.map { number(of: $0) }
        let first = limits.count
        for limit in rule.limits {
            add(limit, rule: rules.count, ruleName: rule.name, warmUp: warmUp, shadow: shadow)
        }
        var conditions: [SourceCondition] = []
        if let route = rule.route {
            conditions.append(SourceCondition(field: 0, glob: Glob(Array(route.utf8), .route)))
        }
        for (attribute, pattern) in rule.match {
            let glob = Glob(Array(pattern.utf8), .attribute)
            conditions.append(SourceCondition(field: fields.number(of: attribute), glob: glob))
        }
        self.conditions.append(conditions.filter { !$0.glob.isAnything })
        table.add(
            LimitTable.RulePlan(
                firstLimit: Int32(first),
                limitCount: Int16(limits.count - first),
                isExempt: rule.exempt,
                hasRequirement: rule.requirement != nil,
                leaseTime: rule.limits.compactMap(\.lease).min() ?? Pricing.leaseTimeWithoutSlots
            )
        )
        rules.append(
            PolicyRule(
                name: rule.name,
                route: rule.route,
                match: rule.match,
                requirement: rule.requirement,
                limits: first..<limits.count,
                isExempt: rule.exempt,
                shadow: shadow,
                pool: rule.pool,
                warmUp: warmUp,
                onStoreFailure: rule.onStoreFailure
            )
        )
    }

    private mutating func number(of warmUp: WarmUp) -> Int {
        if let number = warmUpNumbers[warmUp] { return number }
        warmUpNumbers[warmUp] = warmUps.count
        warmUps.append(warmUp)
        return warmUps.count - 1
    }

    private mutating func add(_ limit: LimitModel, rule: Int?, ruleName: String, warmUp: Int?, shadow: Bool) {
        let parts = limit.per.compactMap { scopePart($0) }
        let rate: Rate? = if case .rate(let rate) = limit.counting { rate } else { nil }
        let counterName = CounterName.of(limit, rule: ruleName)
        table.add(
            LimitTable.Plan(
                algorithm: limit.algorithm,
                overdraft: limit.overdraft,
                shadow: limit.shadow || shadow,
                isPerClient: limit.isPerClient,
                cost: rate == nil ? .slot : limit.unit == "requests" ? .requests : .unit,
                calendar: rate?.calendar,
                window: rate?.window ?? limit.lease ?? 0,
                name: table.add(text: counterName.utf8),
                digest: NameDigest(counterName.utf8.span),
                unit: table.add(text: limit.unit.utf8),
                numbers: table.add(row: numbers.row(for: limit)),
                firstPart: table.add(parts),
                partCount: Int16(parts.count),
                warmUp: warmUp.map { Int32($0) } ?? -1
            )
        )
        limits.append(described(limit, rate, rule: rule, ruleName: ruleName, shadow: limit.shadow || shadow))
    }

    private mutating func scopePart(_ value: PerValue) -> LimitTable.ScopePart? {
        switch value {
        case .client: nil
        case .route: .route
        case .tier: .tier
        case .attribute(let name): .attribute(fields.number(of: name))
        }
    }

    private func described(
        _ limit: LimitModel,
        _ rate: Rate?,
        rule: Int?,
        ruleName: String,
        shadow: Bool
    ) -> PolicyLimit {
        PolicyLimit(
            name: "\(ruleName)/\(limit.name)",
            rule: rule,
            unit: limit.unit,
            algorithm: limit.algorithm,
            window: rate?.window ?? 0,
            calendar: rate?.calendar,
            count: limit.count,
            capacity: limit.burst ?? limit.count,
            largestCount: limit.largestCount,
            per: limit.per.map(\.name),
            isPerClient: limit.isPerClient,
            shadow: shadow,
            overdraft: limit.overdraft,
            hasFullLocalShare: limit.fullLocalShare,
            lease: limit.lease,
            tierCounts: limit.tiers.mapValues { if case .count(let count) = $0 { count } else { nil } }
        )
    }
}
