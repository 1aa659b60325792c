import LimitCore

/// A check whose counters lie in several slots: asked in parts, all at once, and admitted if all parts are.
///
/// Where one part refuses, what the others charged is given back, once: a give-back whose outcome is not known is not
/// sent again. Charges that give back are asked when all others were admitted, for nobody could undo them. So a limit is
/// never passed; for the time of a round trip a call may be refused that a single server would have admitted, which is
/// why refusals of parts are not remembered.
final class SplitCheck {
    private struct Part {
        var slot: Int
        /// Whether its charges give back; else none does.
        var givesBack: Bool
        /// Its charges, as positions in the whole check.
        var charges: [Int]
        var result = CheckResult.pending
        /// The outcomes of its charges if the whole check is refused.
        var uncharged: [Outcome] = []
        var held: [GrantedCharge] = []
        var expiry: Microseconds?
    }

    private let lane: RedisLane
    private let whole: Ask
    private var parts: [Part] = []
    private var waiting = 0
    private var isRefused = false
    /// The lease whose slots the parts take, 0 for none.
    private let lease: UInt64
    private var outcomes: [Outcome]

    init(_ whole: Ask, _ batch: CheckBatch, lane: RedisLane, slots: [Int]) {
        self.lane = lane
        self.whole = whole
        let none = Outcome(limited: false, remaining: 0, reset: 0, retry: .after(0))
        outcomes = Array(repeating: none, count: slots.count)
        lease = batch.leases[whole.check]?.id ?? 0
        for (position, charge) in batch.charges[batch.priced[whole.check]].enumerated() {
            let (slot, givesBack) = (slots[position], charge.cost < 0)
            if let known = parts.firstIndex(where: { $0.slot == slot && $0.givesBack == givesBack }) {
                parts[known].charges.append(position)
            } else {
                parts.append(Part(slot: slot, givesBack: givesBack, charges: [position]))
            }
        }
    }

    /// Asks all parts that charge at once.
    func ask() {
        let charging = parts.indices.filter { !parts[$0].givesBack }
        ask(charging.isEmpty ? Array(parts.indices) : charging)
    }

    private func ask(_ numbers: [Int]) {
        guard let batch = whole.job.batch, whole.job.isPending(whole.check) else { return }
        waiting = numbers.count
        for number in numbers {
            let slice = CheckBatch(parts[number].charges, of: whole.check, in: batch, isPeek: isRefused)
            let job = Job(slice) { [self] in answered(number, $0) }
            var ask = Ask(job: job, check: 0, giveUp: whole.giveUp)
            ask.slot = parts[number].slot
            ask.tell = { [self] in parts[number].uncharged = $0 }
            lane.route(ask)
        }
    }

    private func answered(_ number: Int, _ slice: CheckBatch) {
        parts[number].result = slice.results[0]
        for (outcome, position) in zip(slice.outcomes, parts[number].charges) { outcomes[position] = outcome }
        parts[number].held = slice.held
        parts[number].expiry = slice.grants[0]?.expiry
        waiting -= 1
        if waiting == 0 { decided() }
    }

    /// All that were asked are answered. What gives back is only looked at where the check is refused.
    private func decided() {
        let results = parts.map(\.result)
        let left = parts.indices.filter { results[$0] == .pending }
        if isRefused {
            lane.settle(whole, .refused, outcomes[...])
        } else if results.contains(.unknown) {
            // Whoever answers instead may admit the call, so what was charged stays charged.
            lane.giveUp(whole)
        } else if results.contains(.refused) {
            isRefused = true
            giveBack()
            if left.isEmpty { lane.settle(whole, .refused, outcomes[...]) } else { ask(left) }
        } else if !left.isEmpty {
            ask(left)
        } else {
            grant()
            lane.settle(whole, .admitted, outcomes[...])
        }
    }

    /// Makes one lease of what the parts were granted. It has begun with the first of them.
    private func grant() {
        guard let batch = whole.job.batch, let expiry = parts.compactMap(\.expiry).min() else { return }
        let charges = parts.flatMap { part in
            part.held.map { GrantedCharge(charge: part.charges[$0.charge], held: $0.held) }
        }
        batch.grant(charges.sorted { $0.charge < $1.charge }, whole.check, expiry: expiry)
    }

    private func giveBack() {
        for part in parts where part.result == .admitted {
            for (outcome, position) in zip(part.uncharged, part.charges) { outcomes[position] = outcome }
            lane.giveBack(LeaseStep(givingBack: part.held.map(\.held), of: lease), slot: part.slot)
        }
    }
}

extension RedisLane {
    func split(_ ask: Ask, _ batch: CheckBatch, slots: [Int]) {
        SplitCheck(ask, batch, lane: self, slots: slots).ask()
    }
}

extension CheckBatch {
    /// Some charges of one check as a batch of their own.
    fileprivate convenience init(_ positions: [Int], of check: Int, in whole: CheckBatch, isPeek: Bool) {
        self.init()
        let isPeek = isPeek || whole.questions.checks[check].peek
        questions = whole.questions
        questions.removeChecks(downTo: 0)
        questions.begin()
        questions.setFlags(peek: isPeek, allLimits: true)
        do throws(InvalidField) {
            try questions.setClient("part".utf8.span)
            try questions.setRoute("part".utf8.span)
            _ = try questions.end()
        } catch {
            preconditionFailure("a part breaks no bound")
        }
        let first = whole.priced[check].lowerBound
        charges = positions.map { whole.charges[first + $0] }
        priced = [0..<charges.count]
        deadlines = [whole.deadlines[check]]
        leases[0] = whole.leases[check]
        prepareForStore()
    }
}
