import DecisionService
import WireProtocol

extension WireError {
    /// The status of a call that got no answer, the same in every dialect of this port.
    init(_ failure: CallFailure) {
        switch failure {
        case .invalid(let field): self.init(field)
        case .deadlineExceeded: self.init(.deadlineExceeded, "the time was up before the call was decided")
        case .unavailable(let reason): self.init(.unavailable, reason)
        }
    }
}
