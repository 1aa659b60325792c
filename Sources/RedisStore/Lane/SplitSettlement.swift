import LimitCore

/// A lease operation whose counters lie in several slots: first asked where the lease's record is, which decides that it
/// is carried out at most once, then the differences of the others, each once.
///
/// A settlement has happened when the record says so: it is answered then, and what is given back elsewhere follows. A
/// difference whose outcome is not known is not sent again. A renewal is answered when all have kept their slots; where
/// one has run out the lease is gone.
final class SplitSettlement {
    private let lane: RedisLane
    private let operation: LeaseOperation
    private let whole: Ask
    /// By charge.
    private let slots: [Int]
    private var waiting = 0
    private var isGone = false
    private var isUnknown = false
    private var isInDebt = false

    init(_ operation: LeaseOperation, _ whole: Ask, slots: [Int], lane: RedisLane) {
        self.operation = operation
        self.whole = whole
        self.slots = slots
        self.lane = lane
    }

    func ask() {
        let step = LeaseStep(operation, here: slots.map { $0 == whole.slot })
        lane.ask(step, slot: whole.slot, giveUp: whole.giveUp) { [self] in decided($0) }
    }

    private func decided(_ result: LeaseStepResult?) {
        guard let result, case .done(let now, let isInDebt, let held) = result else {
            answer(result)
            return
        }
        self.isInDebt = isInDebt
        let steps = Set(slots).subtracting([whole.slot]).sorted().map { slot in
            (slot, LeaseStep(operation, away: slots.indices.filter { slots[$0] == slot }, held: held))
        }.filter { !$0.1.operation.charges.isEmpty }
        if operation.ends {
            for (slot, step) in steps { lane.giveBack(step, slot: slot) }
        } else {
            waiting = steps.count
            for (slot, step) in steps {
                lane.ask(step, slot: slot, giveUp: whole.giveUp) { [self] in renewed($0, now) }
            }
        }
        if waiting == 0 { answer(result) }
    }

    private func renewed(_ result: LeaseStepResult?, _ now: Microseconds) {
        switch result {
        case .done(_, let isInDebt, _): self.isInDebt = self.isInDebt || isInDebt
        case .gone: isGone = true
        case nil: isUnknown = true
        }
        waiting -= 1
        guard waiting == 0 else { return }
        answer(isGone ? .gone : isUnknown ? nil : .done(now: now, isInDebt: isInDebt, held: []))
    }

    private func answer(_ result: LeaseStepResult?) {
        if let result { whole.stepped?(result) }
        lane.settle(whole, result == nil ? .unknown : .admitted)
    }
}
