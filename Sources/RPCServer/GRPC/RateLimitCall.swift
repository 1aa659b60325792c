import DecisionService
import LimitCore
import LimitPolicy
import WireProtocol

/// A request of Envoy between its question and the answer to its last descriptor.
final class RateLimitCall: AnswerSink {
    private let reply: GRPCReply
    private var decisions: [CheckResponse]
    private var missing: Int
    private var failure: WireError?

    init(count: Int, reply: GRPCReply) {
        self.reply = reply
        decisions = Array(repeating: CheckResponse(verdict: .unavailable), count: count)
        missing = count
    }

    func answer(_ ticket: UInt64, _ response: CheckResponse) {
        decisions[Int(ticket)] = response
        if response.verdict == .unavailable, failure == nil {
            failure = WireError(.unavailable, "the store does not answer, and the rule refuses without it")
        }
        received()
    }

    func fail(_ ticket: UInt64, _ failure: CallFailure) {
        if self.failure == nil { self.failure = WireError(failure) }
        received()
    }

    func flushAnswers() {
        if missing == 0 { reply.sink.flushAnswers() }
    }

    private func received() {
        missing -= 1
        guard missing == 0 else { return }
        if let failure { return reply.fail(failure) }
        var answer = RateLimitAnswer(decisions)
        answer.headers = RateHeaders.headers(reply.lane.decisions.envoy.headers, of: decisions)
        reply.succeed { $0.append(answer) }
    }
}
