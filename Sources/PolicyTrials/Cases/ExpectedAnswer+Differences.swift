import LimitCore

extension ExpectedAnswer {
    /// The parts in which an answer is not as expected, the verdict first.
    func differences(from response: CheckResponse) -> [StepFailure.Difference] {
        var found: [StepFailure.Difference] = []
        func compare(_ part: String, _ expected: String?, _ got: String) {
            guard let expected, !expected.utf8.elementsEqual(got.utf8) else { return }
            found.append(StepFailure.Difference(part: part, expected: Self.shown(expected), got: Self.shown(got)))
        }
        let deciding = response.decidingLimit
        compare("verdict", verdict.map { "\($0)" }, "\(response.verdict)")
        compare("reason", reason?.word, response.reason.word)
        compare("rule", rule, response.rule)
        compare("limit", limit, deciding?.name ?? "")
        compare("remaining", remaining.map { "\($0)" }, deciding.map { "\($0.remaining)" } ?? "")
        for (name, number) in remainingByLimit.sorted(by: { $0.key < $1.key }) {
            let state = response.limits.first { $0.name == name }
            compare("remaining of \(name)", "\(number)", state.map { "\($0.remaining)" } ?? "")
        }
        compare("retry-after", retryAfter?.text, response.wait)
        compare("message", message, response.message)
        return found
    }

    private static func shown(_ text: String) -> String { text.isEmpty ? "none" : text }
}

extension ExpectedAnswer.Wait {
    fileprivate var text: String {
        switch self {
        case .never: "never"
        case .milliseconds(let count): SpanText.text(Int64(clamping: count) * 1000)
        }
    }
}

extension CheckResponse {
    /// The first limit of the answer is the one that decided, unless every limit is in shadow.
    fileprivate var decidingLimit: LimitState? { limits.first.flatMap { $0.shadow ? nil : $0 } }

    fileprivate var wait: String {
        if never { return "never" }
        return SpanText.text(Int64(clamping: retryAfterMilliseconds).multipliedReportingOverflow(by: 1000).partialValue)
    }
}
