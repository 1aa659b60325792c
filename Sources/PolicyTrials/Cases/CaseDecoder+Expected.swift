import LimitCore
import LimitPolicy

extension CaseDecoder {
    private static let answerKeys = [
        "verdict", "reason", "rule", "limit", "remaining", "retry-after", "message",
    ]
    private static let verdicts: [Verdict] = [.allowed, .limited, .forbidden]

    /// A verdict, a count of each verdict, or the parts of an answer.
    mutating func decodeExpected(_ place: Located, of calls: Int) -> Expected? {
        guard case .mapping(let pairs) = place.node.content else {
            guard let verdict = verdict(place) else { return nil }
            var answer = ExpectedAnswer()
            answer.verdict = verdict
            return .each(answer)
        }
        let isCount = pairs.contains { pair in
            guard case .scalar(let key, _) = pair.key.content else { return false }
            return Self.verdicts.contains { "\($0)" == key }
        }
        return isCount ? decodeCounts(place, of: calls) : decodeAnswer(place).map { .each($0) }
    }

    private mutating func decodeCounts(_ place: Located, of calls: Int) -> Expected? {
        guard let fields = fields(place, Self.verdicts.map { "\($0)" }) else { return nil }
        var counts: [Verdict: Int] = [:]
        for verdict in Self.verdicts {
            guard let place = fields["\(verdict)"] else { continue }
            counts[verdict] = wholeNumber(place, 0...Self.mostCalls).map { Int($0) } ?? 0
        }
        let sum = counts.values.reduce(0, +)
        if sum != calls { problem(place, "comes to \(sum) calls; the step makes \(calls)") }
        return .counts(counts)
    }

    private mutating func decodeAnswer(_ place: Located) -> ExpectedAnswer? {
        guard let fields = fields(place, Self.answerKeys) else { return nil }
        var answer = ExpectedAnswer()
        if let place = fields["verdict"] { answer.verdict = verdict(place) }
        if let place = fields["reason"] { answer.reason = reason(place) }
        if let place = fields["rule"] { answer.rule = known(place, rule: true) }
        if let place = fields["limit"] { answer.limit = known(place, rule: false) }
        if let place = fields["message"] { answer.message = text(place) }
        if let place = fields["retry-after"] { answer.retryAfter = wait(place) }
        if let place = fields["remaining"] { decodeRemaining(place, &answer) }
        if case .mapping(let pairs) = place.node.content, pairs.isEmpty { problem(place, "expects nothing") }
        return answer
    }

    /// A number for the deciding limit, or numbers by limit.
    private mutating func decodeRemaining(_ place: Located, _ answer: inout ExpectedAnswer) {
        guard case .mapping = place.node.content else {
            answer.remaining = wholeNumber(place, 0...Amount.max).map { UInt64($0) }
            return
        }
        guard let entries = entries(place, named: true) else { return }
        for entry in entries {
            if let message = nameProblem(entry.name, rule: false) { problem(entry.keyMark, entry.value.path, message) }
            if let number = wholeNumber(entry.value, 0...Amount.max) {
                answer.remainingByLimit[entry.name] = UInt64(number)
            }
        }
    }

    private mutating func known(_ place: Located, rule: Bool) -> String? {
        guard let name = text(place) else { return nil }
        if let message = nameProblem(name, rule: rule) { problem(place, message) }
        return name
    }

    private mutating func verdict(_ place: Located) -> Verdict? {
        guard let text = choice(place, Self.verdicts.map { "\($0)" }) else { return nil }
        return Self.verdicts.first { "\($0)" == text }
    }

    private mutating func reason(_ place: Located) -> Reason? {
        let reasons: [Reason] = [.rate, .concurrency, .costTooLarge, .tier, .blocked, .noRule]
        guard let text = choice(place, reasons.map(\.word)) else { return nil }
        return reasons.first { $0.word == text }
    }

    private mutating func wait(_ place: Located) -> ExpectedAnswer.Wait? {
        if case .scalar("never", _) = place.node.content { return .never }
        guard let span = span(place) else { return nil }
        return .milliseconds(UInt64(span / 1000))
    }
}

extension Reason {
    /// The reason as cases and reports write it: `cost-too-large`.
    package var word: String {
        switch self {
        case .unspecified: "none"
        case .rate: "rate"
        case .concurrency: "concurrency"
        case .costTooLarge: "cost-too-large"
        case .tier: "tier"
        case .blocked: "blocked"
        case .storeUnavailable: "store-unavailable"
        case .noRule: "no-rule"
        }
    }
}
