import Foundation
import LimitPolicy
package import PolicyTrials

/// The results of `policy test`, for people and for programs.
package struct CaseSummary: Sendable {
    private let file: String
    private let results: [CaseResult]
    private let isColoured: Bool

    /// `file` is what the file of cases is called in places.
    package init(_ results: [CaseResult], file: String, isColoured: Bool = false) {
        self.results = results
        self.file = file
        self.isColoured = isColoured
    }

    private var failed: Int { results.count { !$0.passed } }

    /// A line a case, what was expected and what came under those that failed, and a summary.
    package var text: String {
        let width = results.map { $0.name.printable.count }.max() ?? 0
        let rows = results.flatMap { lines(of: $0, width) }
        let total = calls(results.reduce(0) { $0 + $1.calls })
        let verdict = failed == 0 ? colour("all passed", 32) : colour("\(failed) failed", 31)
        let cases = results.count == 1 ? "1 case" : "\(results.count) cases"
        return (rows + ["", "\(cases), \(total): \(verdict)"]).joined(separator: "\n") + "\n"
    }

    private func lines(of result: CaseResult, _ width: Int) -> [String] {
        let name = result.name.printable
        let padding = String(repeating: " ", count: width - name.count)
        if result.passed { return ["\(colour("ok", 32))      \(name)\(padding)  \(calls(result.calls))"] }
        let head = "\(colour("FAILED", 31))  \(name)\(padding)  \(file):\(result.mark.line)"
        return [head] + result.failures.flatMap { lines(of: $0) }
    }

    private func lines(of failure: StepFailure) -> [String] {
        var place = "step \(failure.step) at \(failure.at), \(file):\(failure.mark.line):\(failure.mark.column)"
        if let repetition = failure.repetition {
            place += ", call \(repetition) of \(failure.calls)"
            if failure.failedCalls > 1 { place += " and \(failure.failedCalls - 1) more" }
        } else if failure.calls > 1 {
            place += ", \(failure.calls) calls"
        }
        let rows = [("", "expected", "got")] + failure.differences.map { ($0.part, $0.expected, $0.got) }
        let parts = rows.map(\.0.printable.count).max() ?? 0
        let expected = rows.map(\.1.printable.count).max() ?? 0
        let table = rows.enumerated().map { index, row in
            let line = "      \(pad(row.0.printable, parts))  \(pad(row.1.printable, expected))  \(row.2.printable)"
            return index == 0 ? colour(line, 2) : line
        }
        let call = "    \(failure.call.printable): \(failure.answer.printable)"
        return ["  \(place)", call] + table
    }

    private func calls(_ count: Int) -> String { count == 1 ? "1 call" : "\(count) calls" }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private func colour(_ text: String, _ code: Int) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// The same as JSON, on a line of its own.
    package var json: String {
        let content = Content(
            file: file,
            cases: results.count,
            failed: failed,
            results: results.map { Content.Result(result: $0) }
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(content) else { preconditionFailure("text and numbers are JSON") }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    private struct Content: Encodable {
        var file: String
        var cases: Int
        var failed: Int
        var results: [Result]

        struct Result: Encodable {
            var name: String
            var line: Int
            var calls: Int
            var passed: Bool
            var failures: [Failure]

            init(result: CaseResult) {
                name = result.name
                line = result.mark.line
                calls = result.calls
                passed = result.passed
                failures = result.failures.map { Failure(failure: $0) }
            }
        }

        struct Failure: Encodable {
            var step: Int
            var line: Int
            var column: Int
            var at: String
            var call: Int?
            var calls: Int
            var failedCalls: Int
            var answer: String
            var differences: [Difference]

            enum CodingKeys: String, CodingKey {
                case step, line, column, at, call, calls, answer, differences
                case failedCalls = "failed_calls"
            }

            init(failure: StepFailure) {
                step = failure.step
                line = failure.mark.line
                column = failure.mark.column
                at = failure.at
                call = failure.repetition
                calls = failure.calls
                failedCalls = failure.repetition == nil ? failure.calls : failure.failedCalls
                answer = failure.answer
                differences = failure.differences.map { Difference(difference: $0) }
            }
        }

        struct Difference: Encodable {
            var part: String
            var expected: String
            var got: String

            init(difference: StepFailure.Difference) {
                part = difference.part
                expected = difference.expected
                got = difference.got
            }
        }
    }
}
