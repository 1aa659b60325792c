package import LimitPolicy

/// What became of a case.
package struct CaseResult: Sendable, Equatable {
    package var name: String
    package var mark: Mark
    package var calls = 0
    /// Empty where the case passed.
    package var failures: [StepFailure] = []

    package var passed: Bool { failures.isEmpty }
}

/// A step that was answered otherwise than expected.
package struct StepFailure: Sendable, Equatable {
    /// A part of an answer that is not as expected.
    package struct Difference: Sendable, Equatable {
        /// As a case calls it: `verdict`, `retry-after`.
        package var part: String
        package var expected: String
        package var got: String
    }

    /// In its case, from 1.
    package var step = 0
    package var mark: Mark
    /// When the call was made, since the case's start: `1m30s`.
    package var at: String
    /// Who called what.
    package var call: String
    /// The first call of a repeated step that was not as expected, from 1; nil where all of them together are meant.
    package var repetition: Int?
    /// How many calls the step makes, and how many of them were not as expected.
    package var calls: Int
    package var failedCalls: Int
    package var differences: [Difference]
    /// The whole answer in a line; of counts, the last one.
    package var answer: String
}
