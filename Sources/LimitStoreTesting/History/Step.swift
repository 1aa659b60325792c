package import LimitCore

/// A batch of checks that arrives at an instant.
package struct Step: Sendable {
    package var now: Microseconds
    package var checks: [TestCheck]

    package init(at now: Microseconds, _ checks: [TestCheck]) {
        self.now = now
        self.checks = checks
    }
}

/// The first answer in a history that is not the oracle's.
struct Difference: Sendable {
    var step: Int
    var position: Int
    var check: TestCheck
    var expected: Answer
    var found: Answer?
}
