import DecisionService
import LimitCore
import WireProtocol

/// A CheckMany of any dialect between its question and its last answer.
///
/// Its items are decided in order, each for itself. One that is broken fails the whole call before anything is charged.
final class CheckManyCall: AnswerSink {
    private let sink: any AnswerSink
    private let done: (Result<[CheckResponse], WireError>) -> Void
    private var responses: [CheckResponse]
    private var missing: Int
    private var failure: WireError?

    /// - Parameters:
    ///   - sink: the connection, flushed after the last answer.
    ///   - done: called once, with the last answer.
    init(count: Int, sink: any AnswerSink, done: @escaping (Result<[CheckResponse], WireError>) -> Void) {
        self.sink = sink
        self.done = done
        responses = Array(repeating: CheckResponse(verdict: .unavailable), count: count)
        missing = count
    }

    func answer(_ ticket: UInt64, _ response: CheckResponse) {
        responses[Int(ticket)] = response
        received()
    }

    func fail(_ ticket: UInt64, _ failure: CallFailure) {
        if self.failure == nil { self.failure = WireError(failure) }
        received()
    }

    func flushAnswers() {
        if missing == 0 { sink.flushAnswers() }
    }

    private func received() {
        missing -= 1
        guard missing == 0 else { return }
        if let failure { return done(.failure(failure)) }
        keepWithinBound()
        done(.success(responses))
    }

    /// What was charged must be told: an answer past the bound leaves out all but the deciding limits.
    private func keepWithinBound() {
        var encoded: [UInt8] = []
        guard responses.contains(where: { $0.limits.count > 1 }) else { return }
        encoded.append(responses)
        guard encoded.count > WireBounds.responseFrame else { return }
        for index in responses.indices { responses[index].limits.removeLast(max(0, responses[index].limits.count - 1)) }
    }
}
