import DecisionService
import LimitCore

/// What one policy says to the calls of a log, counted as the answers come.
final class ReplayTally: AnswerSink {
    /// A call that waits for its answer, by the numbers of what it is counted under.
    struct Call {
        var client: Int
        var route: Int
        var hour: Int
    }

    /// What refused: a limit, or a rule that forbids.
    struct Refusal: Hashable {
        var name: String
        var reason: Reason
    }

    private(set) var total = VerdictCounts()
    private(set) var clients: [VerdictCounts] = []
    private(set) var routes: [VerdictCounts] = []
    private(set) var hours: [VerdictCounts] = []
    private(set) var refusals: [Refusal: Int] = [:]
    private(set) var failures = 0
    /// By ticket.
    var calls: [Call] = []

    func answer(_ ticket: UInt64, _ response: CheckResponse) {
        let call = calls[Int(ticket)]
        total.count(response.verdict)
        Self.count(response.verdict, call.client, in: &clients)
        Self.count(response.verdict, call.route, in: &routes)
        Self.count(response.verdict, call.hour, in: &hours)
        if response.verdict != .allowed { countRefusal(response) }
    }

    private func countRefusal(_ response: CheckResponse) {
        let name = response.verdict == .limited ? response.limits.first?.name ?? "" : response.rule
        refusals[Refusal(name: name, reason: response.reason), default: 0] += 1
    }

    private static func count(_ verdict: Verdict, _ number: Int, in counts: inout [VerdictCounts]) {
        if number >= counts.count {
            counts.append(contentsOf: repeatElement(VerdictCounts(), count: number + 1 - counts.count))
        }
        counts[number].count(verdict)
    }

    func fail(_ ticket: UInt64, _ failure: CallFailure) { failures += 1 }

    func flushAnswers() {}
}
