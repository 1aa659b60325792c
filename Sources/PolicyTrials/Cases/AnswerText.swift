import DecisionService
import LimitCore

/// Answers in a line, for whoever looks for the reason of a failure.
enum AnswerText {
    static func line(_ response: CheckResponse) -> String {
        var parts = ["\(response.verdict)"]
        if response.reason != .unspecified { parts[0] += " (\(response.reason.word))" }
        parts.append(response.rule.isEmpty ? "no rule" : "rule \(response.rule)")
        if let limit = response.limits.first {
            let by = response.verdict == .allowed ? "nearest limit" : "by"
            parts.append("\(by) \(limit.name) with \(limit.remaining) of \(limit.limit) left")
        }
        if response.never {
            parts.append("can never fit")
        } else if response.retryAfterMilliseconds > 0 {
            parts.append("retry after \(SpanText.text(Int64(clamping: response.retryAfterMilliseconds) * 1000))")
        }
        if !response.message.isEmpty { parts.append("message \"\(response.message)\"") }
        return parts.joined(separator: ", ")
    }

    /// What became of the leases of one call.
    static func line(_ outcomes: [LeaseOutcome]) -> String {
        if outcomes.isEmpty { return "no call of that name was handed a lease" }
        let kinds: [LeaseOutcome] = [.settled, .alive, .stop, .late]
        let parts = kinds.compactMap { kind -> String? in
            let count = outcomes.count { $0 == kind }
            if count == 0 { return nil }
            return outcomes.count == 1 ? words(kind) : "\(count) \(words(kind))"
        }
        return parts.joined(separator: ", ")
    }

    private static func words(_ outcome: LeaseOutcome) -> String {
        switch outcome {
        case .settled: "settled"
        case .alive: "alive"
        case .stop: "alive but over a limit"
        case .late: "late (ended before, or run out)"
        }
    }

    /// Who calls what.
    static func call(_ action: TrialAction) -> String {
        switch action {
        case .check(let check): "\(check.request.client) \(check.request.route)"
        case .lease(let lease): "\(lease.kind.rawValue) \(lease.name)"
        case .replicas(let replicas): "replicas \(replicas.pool)"
        }
    }

    static func line(_ failure: CallFailure) -> String {
        switch failure {
        case .invalid(let field): "error: \(field)"
        case .deadlineExceeded: "error: not answered"
        case .unavailable(let reason): "error: \(reason)"
        }
    }
}
