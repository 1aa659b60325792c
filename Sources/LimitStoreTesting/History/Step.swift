package import LimitCore

/// A batch of checks that arrives at an instant, and a batch of lease operations after it.
package struct Step: Sendable {
    package var now: Microseconds
    package var checks: [TestCheck]
    package var operations: [TestOperation]

    package init(at now: Microseconds, _ checks: [TestCheck], _ operations: [TestOperation] = []) {
        self.now = now
        self.checks = checks
        self.operations = operations
    }

    init(at now: Microseconds, _ inquiries: [Inquiry]) {
        self.now = now
        checks = inquiries.compactMap { if case .check(let check) = $0 { check } else { nil } }
        operations = inquiries.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
    }

    var inquiries: [Inquiry] { checks.map(Inquiry.check) + operations.map(Inquiry.operation) }
}

/// One thing that a history asks of a store.
enum Inquiry: Sendable, CustomStringConvertible {
    case check(TestCheck)
    case operation(TestOperation)

    var isCheck: Bool { if case .check = self { true } else { false } }

    var description: String {
        switch self {
        case .check(let check): check.description
        case .operation(let operation): operation.description
        }
    }
}

/// What became of it.
enum Reply: Sendable, Equatable, CustomStringConvertible {
    case answer(Answer)
    case result(LeaseResult)

    var description: String {
        switch self {
        case .answer(let answer): answer.description
        case .result(let result): "\(result)"
        }
    }
}

/// The first answer in a history that is not the oracle's.
struct Difference: Sendable {
    var step: Int
    var position: Int
    var inquiry: Inquiry
    var expected: Reply
    var found: Reply?
}
