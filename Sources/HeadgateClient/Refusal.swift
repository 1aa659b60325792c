/// A lease was asked for, and the call may not go on.
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Why, and when the same call may.
    public var decision: Decision

    init(_ decision: Decision) {
        self.decision = decision
    }

    public var description: String {
        decision.message ?? "\(decision.verdict)\(decision.reason.map { ": \($0)" } ?? "")"
    }
}
