import DecisionService
import LimitCore
import LimitPolicy
import WireProtocol

/// A request of Envoy between its question and the answer to its last descriptor.
final class RateLimitCall: AnswerSink {
    private let reply: GRPCReply
    private var answer: RateLimitAnswer
    /// What the headers tell of, where there are any.
    private var deciding: CheckResponse?
    private var missing: Int
    private var failure: WireError?

    init(count: Int, reply: GRPCReply) {
        self.reply = reply
        answer = RateLimitAnswer(count: count)
        missing = count
    }

    func answer(_ ticket: UInt64, _ response: CheckResponse) {
        if response.verdict == .unavailable {
            if failure == nil {
                failure = WireError(.unavailable, "the store does not answer, and the rule refuses without it")
            }
        } else {
            answer.set(Int(ticket), response)
            if style != .off, RateHeaders.decides(response, over: deciding) { deciding = response }
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

    private var style: EnvoyMapping.Headers { reply.lane.decisions.envoyHeaders }

    private func received() {
        missing -= 1
        guard missing == 0 else { return }
        if let failure { return reply.fail(failure) }
        if let deciding { answer.headers = RateHeaders.headers(style, of: deciding) }
        reply.succeed { $0.append(answer) }
    }
}
