internal import LimitCore

extension Explanation: CustomStringConvertible {
    /// How many rules that did not match are written out: the last ones before the one that did.
    private static let mostPassedOver = 20

    /// A few lines for a terminal.
    package var description: String {
        var lines = ["tier: \(tier.map { quoted($0) } ?? "none") (\(tierSource.rawValue))"]
        lines.append("rule: \(rule.map { quoted($0) } ?? (isBlocked ? "not looked for" : "none matches"))")
        if passedOver.count > Self.mostPassedOver {
            lines.append("  \(passedOver.count - Self.mostPassedOver) earlier rules do not match")
        }
        lines += passedOver.suffix(Self.mostPassedOver).map { "  not \(quoted($0.rule)): \($0.reason)" }
        lines.append("verdict: \(verdict)")
        if pricing.missesRequirement { lines.append("  in shadow: would need tier \(tierList)") }
        lines += limits.map { "  \(text($0))" }
        lines += removed.map { "  not \($0.name): \($0.reason)" }
        return lines.joined(separator: "\n")
    }

    private var isBlocked: Bool {
        if case .forbidden(.blocked, _) = pricing.decision { true } else { false }
    }

    private var tierList: String {
        requiredTiers.map { quoted($0) }.joined(separator: " or ")
    }

    private var verdict: String {
        switch pricing.decision {
        case .exempt: "allowed, the rule is exempt from all limits"
        case .charges where limits.isEmpty: "allowed, no limit holds"
        case .charges: "allowed within"
        case .forbidden(let reason, let message):
            "forbidden, \(text(reason))" + (message.isEmpty ? "" : ": \(quoted(message))")
        }
    }

    private func text(_ reason: Reason) -> String {
        switch reason {
        case .blocked: "the client is blocked"
        case .tier: "the rule needs tier \(tierList)"
        case .noRule: "no rule matches and the policy refuses such calls"
        default: "\(reason)"
        }
    }

    private func seconds(_ time: Microseconds) -> String { "\(time / 1_000_000) s" }

    private func text(_ limit: LimitInForce) -> String {
        let rate = Rate(count: limit.count, unit: limit.unit, window: limit.window, calendar: limit.calendar)
        let isSlots = limit.algorithm == .concurrency
        let amount = isSlots ? "\(limit.count) at once, held \(seconds(limit.window))" : rate.description
        let burst = limit.capacity == limit.count ? "" : ", burst \(limit.capacity)"
        let per = limit.per.isEmpty ? "one for all" : "per \(limit.per.joined(separator: ", "))"
        let shadow = limit.shadow ? ", in shadow" : ""
        return "\(limit.name): \(amount)\(burst), \(per), \(limit.algorithm.name)\(shadow); \(limit.reason)"
    }
}
