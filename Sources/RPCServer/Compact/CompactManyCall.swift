import DecisionService
import LimitCore
import WireProtocol

/// A CheckMany between its question and its last answer.
///
/// Its items are decided in order, each for itself. One that is broken fails the whole call before anything is charged.
final class CompactManyCall: AnswerSink {
    private let connection: CompactHandler
    private let call: UInt32
    private var responses: [CheckResponse]
    private var missing: Int
    private var failure: WireError?

    init(_ connection: CompactHandler, call: UInt32, count: Int) {
        self.connection = connection
        self.call = call
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
        if missing == 0 { connection.flushAnswers() }
    }

    private func received() {
        missing -= 1
        guard missing == 0 else { return }
        connection.answered()
        if let failure {
            Frame.appendFailure(FrameKind.checkMany.rawValue, call: call, failure, to: &connection.out)
        } else {
            keepWithinBound()
            Frame.appendResponse(.checkMany, call: call, to: &connection.out) { $0.append(responses) }
        }
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
