internal import LimitCore

extension Pricer {
    /// Appends the charge of one of the policy's limits, unless the client's standing removes the limit, and says
    /// whether it calls for a lease.
    func appendCharge(
        _ source: Int,
        _ question: Question,
        _ standing: Standing,
        _ questions: inout Questions,
        _ charges: inout [Charge]
    ) -> Bool {
        let plan = policy.table.plans[source]
        let override = override(of: source, standing)
        let numbers = override ?? policy.table.numbers[Int(plan.numbers) + standing.tier]
        if plan.isPerClient, override == nil, numbers.isUnlimited || standing.isUnlimited { return false }
        let text = policy.table.text
        let counter = Counter(
            name: questions.append(text.span.extracting(plan.name.indices)),
            digest: plan.digest,
            client: plan.isPerClient ? question.client : .empty,
            scope: appendScope(plan, standing, &questions)
        )
        charges.append(
            Charge(
                counter: counter,
                limit: limit(plan, numbers),
                cost: cost(plan, question, questions),
                shadow: plan.shadow,
                source: Int32(truncatingIfNeeded: source)
            )
        )
        return plan.needsLease
    }

    /// An operator's number in place of the limit's own. It holds for an unlimited client too: who gives one means it.
    private func override(of source: Int, _ standing: Standing) -> TierNumbers? {
        guard let ruling = standing.ruling else { return nil }
        return operators.rulings[ruling].numbers.first { $0.source == source && $0.until > now }?.numbers
    }

    /// What a client's reset puts behind the scope of its counters.
    func generation(_ standing: Standing) -> [UInt8] {
        standing.ruling.map { operators.rulings[$0].generation } ?? []
    }

    /// The limit with the numbers in force now.
    private func limit(_ plan: LimitTable.Plan, _ numbers: TierNumbers) -> Limit {
        let inForce = scaled(numbers, plan)
        return Limit(
            plan.algorithm,
            count: inForce.count,
            window: plan.window,
            burst: inForce.capacity,
            ceiling: numbers.capacity,
            overdraft: plan.overdraft,
            calendar: plan.calendar
        )
    }

    /// The numbers while replicas warm up: scaled, at least the rule's minimum, never above the unscaled ones.
    private func scaled(_ numbers: TierNumbers, _ plan: LimitTable.Plan) -> TierNumbers {
        guard plan.warmUp >= 0 else { return numbers }
        let scale = scales[Int(plan.warmUp)]
        if scale == 1_000_000 { return numbers }
        let minimum = policy.warmUps[Int(plan.warmUp)].minimum
        return TierNumbers(
            count: Self.scaled(numbers.count, scale, minimum),
            capacity: Self.scaled(numbers.capacity, scale, minimum)
        )
    }

    static func scaled(_ number: Int64, _ scale: Int64, _ minimum: Int64) -> Int64 {
        min(number, max(minimum, mulDiv(number, scale, 1_000_000).quotient))
    }

    private func cost(_ plan: LimitTable.Plan, _ question: Question, _ questions: Questions) -> Int64 {
        switch plan.cost {
        case .slot: return 1
        case .requests where question.usages.isEmpty: return 1
        case .requests, .unit:
            let text = policy.table.text
            let given = amount(of: text.span.extracting(plan.unit.indices), question, questions)
            return given ?? (plan.cost == .requests ? 1 : 0)
        }
    }

    /// What the check's usage says of a unit.
    func amount(of unit: Span<UInt8>, _ question: Question, _ questions: Questions) -> Int64? {
        for index in question.usages {
            let usage = questions.usages[index]
            if questions.text.span.extracting(usage.unit.indices).isSame(as: unit) { return usage.amount }
        }
        return nil
    }

    private func appendScope(
        _ plan: LimitTable.Plan,
        _ standing: Standing,
        _ questions: inout Questions
    ) -> ByteRange {
        let generation = plan.isPerClient ? generation(standing) : []
        if plan.partCount == 0, generation.isEmpty { return .empty }
        var scope = takeScratch()
        defer { scratch = scope }
        for index in Int(plan.firstPart)..<Int(plan.firstPart) + Int(plan.partCount) {
            switch policy.table.parts[index] {
            case .route: CounterName.append(questions.text[fields[0].indices], to: &scope)
            case .tier: CounterName.append(tierName(standing.tier), to: &scope)
            case .attribute(let field):
                CounterName.append(questions.text[fields[Int(field)].indices], to: &scope)
            }
        }
        scope += generation
        return questions.append(scope.span)
    }

    /// The lane's spare memory, empty; it is to be put back.
    func takeScratch() -> [UInt8] {
        var bytes: [UInt8] = []
        swap(&bytes, &scratch)
        bytes.removeAll(keepingCapacity: true)
        return bytes
    }

    private func tierName(_ tier: Int) -> ArraySlice<UInt8> {
        policy.table.text[policy.tierTexts[tier].indices]
    }
}
