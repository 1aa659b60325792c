package import LimitCore

extension DecisionLane {
    /// Ends a lease. `reply` is called once, on the lane's thread, perhaps before this returns; then `sink` is flushed.
    package func settle(
        _ request: SettleRequest,
        for sink: (any AnswerSink)? = nil,
        timeLeft: Microseconds? = nil,
        reply: @escaping (Result<SettleResponse, CallFailure>) -> Void
    ) {
        reply(.failure(.unavailable("leases are not served yet")))
        sink?.flushAnswers()
    }

    /// Keeps leases alive. `reply` is called once, on the lane's thread, perhaps before this returns; then `sink` is flushed.
    package func renew(
        _ request: RenewRequest,
        for sink: (any AnswerSink)? = nil,
        timeLeft: Microseconds? = nil,
        reply: @escaping (Result<RenewResponse, CallFailure>) -> Void
    ) {
        reply(.failure(.unavailable("leases are not served yet")))
        sink?.flushAnswers()
    }
}
