import LimitCore
import LimitPolicy

// Groups of checks while the shared store is out.
extension DecisionLane {
    /// Answers those checks of a group that need no store, as their rules say, and says whether some are left for this
    /// daemon's memory.
    ///
    /// Where the rule of one refuses, nothing of the group is to be charged: all of them are answered as unavailable.
    func isLocal(_ leader: Int, of batch: PendingBatch) -> Bool {
        let group = batch.checks(ledBy: leader)
        tally.degraded += group.count
        let answers = group.map { storeFailureAnswer($0, of: batch) }
        if answers.contains(.refuse) {
            for check in group { answerDegraded(check, of: batch, isAllowed: false) }
            return false
        }
        for (check, answer) in zip(group, answers) where answer == .allow {
            answerDegraded(check, of: batch, isAllowed: true)
        }
        let isLeft = batch.keepCharges(ofGroup: Int(batch.askers[leader].group)) { !batch.askers[$0].isAnswered }
        if isLeft { return true }
        for check in group where !batch.askers[check].isAnswered { answerFromStore(check, of: batch) }
        return false
    }

    private func answerDegraded(_ check: Int, of batch: PendingBatch, isAllowed: Bool) {
        guard case .priced(let pricing) = batch.rulings[check] else { return }
        composer.composeDegraded(pricing, isAllowed: isAllowed, under: batch.pricer.policy)
        answer(check, of: batch, pricing.rule)
    }

    /// What a check's rule does without the store; nil where the check does not need it.
    private func storeFailureAnswer(_ check: Int, of batch: PendingBatch) -> StoreFailureAnswer? {
        guard case .priced(let pricing) = batch.rulings[check], !batch.charges(of: check).isEmpty else { return nil }
        let answer = pricing.rule.map { batch.pricer.policy.rules[$0].onStoreFailure } ?? .local
        return answer == .local && fallback == nil ? .refuse : answer
    }
}
