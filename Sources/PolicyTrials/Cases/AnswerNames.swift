import LimitPolicy

/// The names of rules and limits that a policy's answers can hold, so that a misspelt expectation is told as one.
struct AnswerNames: Sendable {
    private let rules: [String]
    private let limits: [String]

    init(_ policy: Policy) {
        rules = policy.rules.map(\.name)
        limits = policy.limits.map(\.name)
    }

    /// An empty name is that of no rule.
    func ruleProblem(_ name: String) -> String? {
        name.isEmpty ? nil : problem(name, "rule", among: rules)
    }

    func limitProblem(_ name: String) -> String? {
        name.hasPrefix("inline/") ? nil : problem(name, "limit", among: limits)
    }

    private func problem(_ name: String, _ kind: String, among known: [String]) -> String? {
        if known.contains(name) { return nil }
        let hint = Suggestion.nearest(to: name, among: known).map { "; did you mean \(quoted($0))?" } ?? ""
        return "\"\(quoted(name))\" is not a \(kind) of the policy\(hint)"
    }
}
