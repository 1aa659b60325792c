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
        guard case .check(let check) = step.action else { return }
        switch check.expected {
        case .counts:
            counts[response.verdict, default: 0] += 1
            if call == step.count - 1 { last = AnswerText.line(response) }
        case .each(let expected):
            let differences = expected.differences(from: response)
            if !differences.isEmpty { note(differences, AnswerText.line(response), call) }
        }
    }

    /// What became of the leases of a call, which must all be as expected; empty where it has none.
    mutating func count(_ outcomes: [LeaseOutcome], _ call: Int) {
        guard case .lease(let lease) = step.action else { return }
        if !outcomes.isEmpty, outcomes.allSatisfy({ $0 == lease.expected }) { return }
        let got = lease.kind.outcomes.filter(outcomes.contains).map(\.rawValue).joined(separator: ", ")
        let difference = StepFailure.Difference(
            part: lease.kind.rawValue,
            expected: lease.expected.rawValue,
            got: got.isEmpty ? "no lease" : got
        )
        note([difference], AnswerText.line(outcomes), call)
    }

    /// A call that has no answer: it breaks a bound that only the policy knows.
    mutating func count(_ failure: CallFailure, _ call: Int) {
        let text = AnswerText.line(failure)
        errors += 1
        if call == step.count - 1 || errors == 1 { last = text }
        switch step.action {
        case .check(let check):
            guard case .each(let expected) = check.expected else { return }
            let verdict = expected.verdict.map { "\($0)" } ?? "an answer"
            note([StepFailure.Difference(part: "verdict", expected: verdict, got: "error")], text, call)
        case .lease(let lease):
            let (part, expected) = (lease.kind.rawValue, lease.expected.rawValue)
            note([StepFailure.Difference(part: part, expected: expected, got: "error")], text, call)
        case .replicas: return
        }
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
            call: AnswerText.call(step.action),
            repetition: step.count > 1 ? call.map { $0 + 1 } : nil,
            calls: step.count,
            failedCalls: failed,
            differences: differences,
            answer: answer
        )
    }

    /// What is not as expected; nil where nothing is.
    func failure() -> StepFailure? {
        guard case .check(let check) = step.action, case .counts(let expected) = check.expected else {
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
