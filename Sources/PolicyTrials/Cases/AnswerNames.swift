import LimitPolicy

/// The names of a policy that a case may use, so that a misspelt one is told as such.
struct AnswerNames: Sendable {
    private let rules: [String]
    private let limits: [String]
    /// Those that a rule warms up with.
    private let pools: [String]

    init(_ policy: Policy) {
        rules = policy.rules.map(\.name)
        limits = policy.limits.map(\.name)
        pools = policy.warmUps.map(\.pool)
    }

    /// An empty name is that of no rule.
    func ruleProblem(_ name: String) -> String? {
        name.isEmpty ? nil : problem(name, "rule", among: rules)
    }

    func limitProblem(_ name: String) -> String? {
        name.hasPrefix("inline/") ? nil : problem(name, "limit", among: limits)
    }

    func poolProblem(_ name: String) -> String? {
        if pools.contains(name) { return nil }
        let hint = Suggestion.nearest(to: name, among: pools).map { "; did you mean \(quoted($0))?" } ?? ""
        return "no rule of the policy has a warm-up with the pool \"\(quoted(name))\"\(hint)"
    }

    private func problem(_ name: String, _ kind: String, among known: [String]) -> String? {
        if known.contains(name) { return nil }
        let hint = Suggestion.nearest(to: name, among: known).map { "; did you mean \(quoted($0))?" } ?? ""
        return "\"\(quoted(name))\" is not a \(kind) of the policy\(hint)"
    }
}
