import LimitCore

/// A check whose counters lie in several slots: asked in parts, and admitted if all parts are.
///
/// First all parts are asked without charging; one that would refuse ends it, and nothing was charged. Then all are
/// charged. A part that refuses only then was overtaken by another check; what the other parts charged stays charged,
/// which is on the strict side: a limit is never passed.
final class SplitCheck {
    private let lane: RedisLane
    private let whole: Ask
    /// The charges of each part, as positions in the whole check.
    private let parts: [(slot: Int, charges: [Int])]
    private var waiting = 0
    private var results: [CheckResult] = []
    private var outcomes: [Outcome]

    init(_ whole: Ask, lane: RedisLane, slots: [Int]) {
        self.lane = lane
        self.whole = whole
        var parts: [(slot: Int, charges: [Int])] = []
        for (position, slot) in slots.enumerated() {
            if let known = parts.firstIndex(where: { $0.slot == slot }) {
                parts[known].charges.append(position)
            } else {
                parts.append((slot, [position]))
            }
        }
        self.parts = parts
        let none = Outcome(limited: false, remaining: 0, reset: 0, retry: .after(0))
        outcomes = Array(repeating: none, count: slots.count)
    }

    /// Asks all parts at once.
    func ask(peek: Bool) {
        guard let batch = whole.job.batch, whole.job.isPending(whole.check) else { return }
        waiting = parts.count
        results = []
        let isPeek = batch.questions.checks[whole.check].peek
        for part in parts {
            let slice = CheckBatch(part.charges, of: whole.check, in: batch, peek: peek || isPeek)
            let job = Job(slice) { [self] in answered($0, part.charges, last: !peek || isPeek) }
            var ask = Ask(job: job, check: 0, giveUp: whole.giveUp)
            ask.slot = part.slot
            lane.route(ask)
        }
    }

    private func answered(_ slice: CheckBatch, _ charges: [Int], last: Bool) {
        results.append(slice.results[0])
        for (outcome, position) in zip(slice.outcomes, charges) { outcomes[position] = outcome }
        waiting -= 1
        guard waiting == 0 else { return }
        if results.contains(.unknown) {
            lane.giveUp(whole)
        } else if results.contains(.refused) {
            lane.settle(whole, .refused, outcomes[...])
        } else if last {
            lane.settle(whole, .admitted, outcomes[...])
        } else {
            ask(peek: false)
        }
    }
}

extension RedisLane {
    func split(_ ask: Ask, _ batch: CheckBatch, _ slots: [Int], _ now: Microseconds) {
        SplitCheck(ask, lane: self, slots: slots).ask(peek: true)
    }
}

extension CheckBatch {
    /// Some charges of one check as a batch of their own.
    fileprivate convenience init(_ positions: [Int], of check: Int, in whole: CheckBatch, peek: Bool) {
        self.init()
        questions = whole.questions
        questions.removeChecks(downTo: 0)
        questions.begin()
        questions.setFlags(peek: peek, allLimits: true)
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
        prepareForStore()
    }
}
