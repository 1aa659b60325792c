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

    static func line(_ failure: CallFailure) -> String {
        switch failure {
        case .invalid(let field): "error: \(field)"
        case .deadlineExceeded: "error: not answered"
        case .unavailable(let reason): "error: \(reason)"
        }
    }
}
