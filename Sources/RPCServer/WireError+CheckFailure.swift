import DecisionService
import WireProtocol

extension WireError {
    /// The status of a check that got no verdict, the same in every dialect of this port.
    init(_ failure: CheckFailure) {
        switch failure {
        case .invalid(let field): self.init(field)
        case .deadlineExceeded: self.init(.deadlineExceeded, "the time was up before the check was decided")
        }
    }
}
