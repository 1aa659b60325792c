package import LimitCore

/// Where answers go: the connection or call that asked. Called on the lane's own thread.
package protocol AnswerSink: AnyObject {
    /// One check is answered. `ticket` is what the sink gave with it.
    func answer(_ ticket: UInt64, _ response: CheckResponse)
    /// One check could not be decided.
    func fail(_ ticket: UInt64, _ failure: CheckFailure)
    /// All answers there are for now have been given: what is buffered can be written.
    func flushAnswers()
}

/// Why a check has no verdict. Each transport maps it to a status of its own.
package enum CheckFailure: Error, Sendable, Equatable {
    /// The check breaks a bound or names something that does not exist.
    case invalid(InvalidField)
    /// The caller's time was up before the check was decided.
    case deadlineExceeded
}
