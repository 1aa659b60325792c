internal import LimitCore

extension Pricer {
    /// Whether a limit came with the descriptor that takes the place of the rule's.
    func hasOverride(_ question: Question, _ questions: Questions) -> Bool {
        question.inlineLimits.contains { questions.inlineLimits[$0].isOverride }
    }

    /// Has a descriptor's charges cost its hits, whatever their unit: it has no other amount. Below 0 they are given back.
    ///
    /// Nobody settles a descriptor, so a slot would stay taken until its lease runs out: slots do not hold for it.
    func charge(_ hits: Int64, on first: Int, of charges: inout [Charge]) {
        if charges[first...].contains(where: { $0.limit.algorithm == .concurrency }) {
            charges[first...].removeAll { $0.limit.algorithm == .concurrency }
        }
        for index in first..<charges.count {
            if hits != 0 { charges[index].cost = hits } else { charges[index].askForOneMore() }
        }
    }
}
