package import LimitCore

/// Where answers go: the connection or call that asked. Called on the lane's own thread.
package protocol AnswerSink: AnyObject {
    /// One check is answered. `ticket` is what the sink gave with it.
    func answer(_ ticket: UInt64, _ response: CheckResponse)
    /// One check could not be decided.
    func fail(_ ticket: UInt64, _ failure: CallFailure)
    /// All answers there are for now have been given: what is buffered can be written.
    func flushAnswers()
}
