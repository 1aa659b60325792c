package import LimitCore

extension DecisionLane {
    /// Notes a replica's heartbeat. `reply` is called once, on the lane's thread, perhaps before this returns; then `sink` is flushed.
    package func report(
        _ request: ReportRequest,
        for sink: (any AnswerSink)? = nil,
        timeLeft: Microseconds? = nil,
        reply: @escaping (Result<ReportResponse, CallFailure>) -> Void
    ) {
        reply(replicas?.note(request) ?? .failure(.unavailable("replicas are not served here")))
        sink?.flushAnswers()
    }
}
