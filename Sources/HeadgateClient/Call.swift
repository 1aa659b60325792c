import LimitCore
import NIOCore

/// A check on its way: what to ask, until when, and who waits.
struct Call {
    var request: CheckRequest
    var deadline: NIODeadline
    var caller: CheckedContinuation<Ending, Never>

    /// How a call ended on one connection.
    enum Ending: Sendable {
        case answered(CheckResponse)
        /// The daemon found the arguments wrong, in its words.
        case invalid(String)
        case outage(Outage)
        /// The daemon never saw the call: another can be asked.
        case notSent(Outage)
    }
}
