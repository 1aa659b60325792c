package import LimitCore

extension Pricer {
    /// How many rates that come with calls a lane remembers.
    static let rememberedInlineRates = 256

    /// What a charge's limit is called in answers: `<rule>/<limit>`, or `inline/<limit>`.
    package func limitName(_ source: Int32, of questions: Questions) -> String {
        source < 0 ? terms(source, questions)?.name ?? "inline" : policy.limits[Int(source)].name
    }

    /// The unit of a charge's limit.
    package func limitUnit(_ source: Int32, of questions: Questions) -> String {
        source < 0 ? terms(source, questions)?.rate.unit ?? "" : policy.limits[Int(source)].unit
    }

    private func terms(_ source: Int32, _ questions: Questions) -> InlineTerms? {
        try? terms(questions.inlineLimits[-1 - Int(source)], questions)
    }

    /// Appends the charges of the limits that came with the call, and says whether one calls for a lease. A limit that
    /// is given twice counts once.
    func appendInlineCharges(
        _ question: Question,
        _ standing: Standing,
        _ first: Int,
        _ questions: inout Questions,
        _ charges: inout [Charge]
    ) throws(InvalidField) -> Bool {
        if policy.refusesInlineLimits {
            throw hasOverride(question, questions)
                ? InvalidField("limit", "is not taken by this policy")
                : InvalidField("limits", "are not taken by this policy")
        }
        let firstInline = charges.count
        var needsLease = false
        for (position, index) in question.inlineLimits.enumerated() {
            do throws(InvalidField) {
                let charge = try inlineCharge(index, question, standing, &questions)
                let isRepeated = charges[firstInline...].contains { isSame($0, charge, questions) }
                if !isRepeated, !isUnlimited(standing) { charges.append(charge) }
                let unit = try terms(questions.inlineLimits[index], questions).rate.unit
                needsLease = needsLease || unit != "requests"
            } catch {
                throw error.inside(questions.inlineLimits[index].isOverride ? "limit" : "limits[\(position)]")
            }
        }
        let count = charges.count - first
        if count > Bounds.charges {
            throw InvalidField("limits", "come to \(count) with the policy's; a check has at most \(Bounds.charges)")
        }
        return needsLease && charges.count > firstInline
    }

    private func inlineCharge(
        _ index: Int,
        _ question: Question,
        _ standing: Standing,
        _ questions: inout Questions
    ) throws(InvalidField) -> Charge {
        let text = questions.inlineLimits[index]
        let terms = try terms(text, questions)
        if text.burst > 0, terms.algorithm != .tokenBucket {
            throw InvalidField("burst", "is for the algorithm token-bucket")
        }
        let unit = terms.unit
        let label = text.scope.isEmpty ? terms.byRoute : terms.scoped
        let cost = text.cost > 0 ? text.cost : amount(of: unit.span, question, questions)
        let counter = Counter(
            name: questions.append(label.bytes.span),
            digest: label.digest,
            client: question.client,
            scope: appendScope(of: text, question, standing, &questions)
        )
        return Charge(
            counter: counter,
            limit: limit(terms, burst: text.burst, standing, isExact: text.isOverride),
            cost: cost ?? (terms.rate.unit == "requests" ? 1 : 0),
            shadow: policy.shadow,
            source: Int32(truncatingIfNeeded: -1 - index)
        )
    }

    private func appendScope(
        of text: InlineLimitText,
        _ question: Question,
        _ standing: Standing,
        _ questions: inout Questions
    ) -> ByteRange {
        var scope = takeScratch()
        defer { scratch = scope }
        CounterName.append(questions.text[(text.scope.isEmpty ? question.route : text.scope).indices], to: &scope)
        scope += generation(standing)
        return questions.append(scope.span)
    }

    /// The client's tier multiplies such a limit like any other that is per client; warm-up does not touch it.
    private func limit(_ terms: InlineTerms, burst: Int64, _ standing: Standing, isExact: Bool) -> Limit {
        let multiplier =
            standing.tier < policy.tiers.count && !isExact
            ? policy.tiers[standing.tier].multiplierMillionths : 1_000_000
        let count = NumbersInForce.multiplied(terms.rate.count, by: multiplier)
        return Limit(
            terms.algorithm,
            count: terms.algorithm == .slidingLog ? min(count, SlidingLog.largestCount) : count,
            window: terms.rate.window,
            burst: burst > 0 ? NumbersInForce.multiplied(burst, by: multiplier) : nil,
            calendar: terms.rate.calendar
        )
    }

    private func isUnlimited(_ standing: Standing) -> Bool {
        standing.isUnlimited || (standing.tier < policy.tiers.count && policy.tiers[standing.tier].isUnlimited)
    }

    private func isSame(_ a: Charge, _ b: Charge, _ questions: Questions) -> Bool {
        a.limit == b.limit && a.cost == b.cost && questions.isSame(a.counter.name, b.counter.name)
            && questions.isSame(a.counter.scope, b.counter.scope)
    }

    private func terms(_ text: InlineLimitText, _ questions: Questions) throws(InvalidField) -> InlineTerms {
        // A control byte joins the two: text that came with a call holds none.
        var key = takeScratch()
        defer { scratch = key }
        key.append(contentsOf: questions.text[text.rate.indices])
        key.append(0)
        key.append(contentsOf: questions.text[text.algorithm.indices])
        let hash = ByteHash.hash(key.span, seed: ByteHash.seed)
        if let known = inlineTerms.find(key.span, hash: hash) { return known }
        let rate = questions.text.span.extracting(text.rate.indices)
        let terms = try InlineTerms.read(rate, questions.string(text.algorithm), or: policy.algorithm)
        inlineTerms.insert(terms, for: key.span, hash: hash)
        return terms
    }
}
