import DecisionService
import LimitCore

/// Holds the answers of one step against what is expected of it.
struct StepTally {
    private let step: TrialStep
    private var counts: [Verdict: Int] = [:]
    private var errors = 0
    private var last = ""
    private var first: StepFailure?
    private var failed = 0

    init(_ step: TrialStep) {
        self.step = step
    }

    mutating func count(_ response: CheckResponse, _ call: Int) {
        switch step.expected {
        case .counts:
            counts[response.verdict, default: 0] += 1
            if call == step.count - 1 { last = AnswerText.line(response) }
        case .each(let expected):
            let differences = expected.differences(from: response)
            if !differences.isEmpty { note(differences, AnswerText.line(response), call) }
        }
    }

    /// A call that has no answer: it breaks a bound that only the policy knows.
    mutating func count(_ failure: CallFailure, _ call: Int) {
        let text = AnswerText.line(failure)
        errors += 1
        if call == step.count - 1 || errors == 1 { last = text }
        guard case .each(let expected) = step.expected else { return }
        let verdict = expected.verdict.map { "\($0)" } ?? "an answer"
        note([StepFailure.Difference(part: "verdict", expected: verdict, got: "error")], text, call)
    }

    private mutating func note(_ differences: [StepFailure.Difference], _ answer: String, _ call: Int) {
        failed += 1
        if first == nil { first = failure(differences, answer, at: call) }
    }

    private func failure(_ differences: [StepFailure.Difference], _ answer: String, at call: Int?) -> StepFailure {
        let time = step.at + Int64(call ?? 0) * step.every
        return StepFailure(
            mark: step.mark,
            at: SpanText.text(time),
            call: "\(step.request.client) \(step.request.route)",
            repetition: step.count > 1 ? call.map { $0 + 1 } : nil,
            calls: step.count,
            failedCalls: failed,
            differences: differences,
            answer: answer
        )
    }

    /// What is not as expected; nil where nothing is.
    func failure() -> StepFailure? {
        guard case .counts(let expected) = step.expected else {
            var failure = first
            failure?.failedCalls = failed
            return failure
        }
        var differences: [StepFailure.Difference] = []
        for verdict in Verdict.allCases {
            let (wanted, got) = (expected[verdict] ?? 0, counts[verdict] ?? 0)
            guard wanted != got else { continue }
            differences.append(StepFailure.Difference(part: "\(verdict)", expected: "\(wanted)", got: "\(got)"))
        }
        if errors > 0 { differences.append(StepFailure.Difference(part: "errors", expected: "0", got: "\(errors)")) }
        return differences.isEmpty ? nil : failure(differences, last, at: nil)
    }
}
