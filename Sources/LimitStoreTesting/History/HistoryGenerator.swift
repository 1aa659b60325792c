import LimitCore

/// Makes up a history of checks and lease operations together with the oracle's answers to it.
///
/// A few counters are hot for a while, so that states grow and age; the steps of time are those at which something
/// changes for one of them.
struct HistoryGenerator {
    private(set) var oracle = Oracle()
    private(set) var coverage = Coverage()
    private let gaps: Set<Gap>
    private var random: SeededGenerator
    private var workload: Workload
    private var now = ManualClock.start
    private var hot: [Int] = []
    /// Instants that an answer announced: a retry or a reset.
    private var announced: [Microseconds] = []
    private var refused: (check: TestCheck, at: Microseconds)?
    private var desk = LeaseDesk()

    init(seed: UInt64, except gaps: Set<Gap>) {
        self.gaps = gaps
        random = SeededGenerator(seed: seed)
        workload = Workload(using: &random)
    }

    /// The next step, and what becomes of it.
    mutating func next(atMost most: Int) -> (step: Step, replies: [Reply]) {
        if hot.isEmpty || random.chance(5) {
            hot = Array(workload.indices.shuffled(using: &random).prefix(Int.random(in: 2...6, using: &random)))
            announced = []
            for index in hot where random.chance(50) { workload.replace(index, using: &random) }
        }
        now = nextInstant()
        let size = random.chance(50) ? 1 : Int.random(in: 1...32, using: &random)
        var step = Step(at: now, [])
        var replies: [Reply] = []
        for _ in 0..<min(size, most) {
            let check = nextCheck()
            let answer = oracle.decide(check, at: now)
            note(check, answer)
            step.checks.append(check)
            replies.append(.answer(answer))
        }
        for operation in desk.operations(oracle, at: now, atMost: most - step.checks.count, using: &random) {
            let before = oracle.leases[operation.lease]
            guard oracle.isCertain(operation, at: now) else { continue }
            if gaps.contains(.bucketPastBound), oracle.isPastBound(operation) { continue }
            let result = oracle.settle(operation, at: now)
            coverage.note(operation, result, before)
            step.operations.append(operation)
            replies.append(.result(result))
        }
        return (step, replies)
    }

    private mutating func nextInstant() -> Microseconds {
        if now > 2 * ManualClock.start || now < ManualClock.start / 2 { return ManualClock.start }
        if random.chance(15), let refused, refused.at > now { return refused.at }
        if random.chance(30), !announced.isEmpty {
            let instant = random.pick(announced)
            announced = []
            return random.chance(30) ? instant - 1 : instant
        }
        let window = workload[random.pick(hot)].window
        let steps: [Microseconds] = [
            0, 0, 0, 1, 1, window / 2, window / 3, window - 1, window, window + 1, 3 * window,
            -1, -(window / 4), -window, -window - 1, -10 * window,
        ]
        return now + random.pick(steps)
    }

    private mutating func nextCheck() -> TestCheck {
        if let refused, refused.at == now {
            var check = refused.check
            if check.lease != nil { check.lease = desk.terms(check, using: &random) }
            return renewed(check)
        }
        var check = TestCheck([], peek: random.chance(12))
        if random.chance(10) {
            // As a call to a model is asked for: a rate, tokens, a log, a slot and a period at once.
            for subject in workload.family(of: random.pick(hot)) {
                var charge = workload.charge(subject, oracle, at: now, using: &random)
                if random.chance(60) { charge.cost = min(charge.cost, 1) }
                check.charges.append(charge)
            }
            return finished(check)
        }
        let sharesCounters = random.chance(15)
        let distinct = hot.shuffled(using: &random)
        for number in 0..<Int.random(in: 1...4, using: &random) where sharesCounters || number < distinct.count {
            let subject = sharesCounters ? random.pick(hot) : distinct[number]
            check.charges.append(workload.charge(subject, oracle, at: now, using: &random))
        }
        return finished(check)
    }

    private mutating func finished(_ check: TestCheck) -> TestCheck {
        var check = check
        if !check.peek { check.lease = desk.terms(check, using: &random) }
        return renewed(sparing(check))
    }

    /// The check without what no policy asks for, shadow and enforced charges on one counter, and without what the
    /// store is known to answer otherwise.
    private func sparing(_ check: TestCheck) -> TestCheck {
        var check = check
        for index in check.charges.indices {
            let first = check.charges.first { $0.counter == check.charges[index].counter }
            if let first { check.charges[index].shadow = first.shadow }
        }
        let slots = check.charges.indices.filter { check.charges[$0].limit.algorithm == .concurrency }
        for index in slots.reversed() {
            let counter = check.charges[index].counter
            if check.charges[..<index].contains(where: { $0.counter == counter }) { check.charges.remove(at: index) }
        }
        return Gap.allCases.filter(gaps.contains).reduce(check) { $1.sparing($0) }
    }

    /// The check on fresh counters in place of those that a store may have forgotten.
    private mutating func renewed(_ check: TestCheck) -> TestCheck {
        var check = check
        for index in check.charges.indices where oracle.mayBeForgotten(check.charges[index], at: now) {
            let old = check.charges[index].counter
            let fresh = workload.renew(old)
            for other in check.charges.indices where check.charges[other].counter == old {
                check.charges[other].counter = fresh
            }
        }
        return check
    }

    private mutating func note(_ check: TestCheck, _ answer: Answer) {
        coverage.note(check, answer)
        if let lease = check.lease, let grant = answer.grant {
            desk.opened(lease.id)
            remember(grant.expiry - now)
        }
        if let refused, refused.at == now, refused.check.charges.count == check.charges.count {
            if answer.result == .admitted { coverage.admittedAtRetry += 1 }
            self.refused = nil
        }
        var wait: Microseconds = 0
        for (charge, outcome) in zip(check.charges, answer.outcomes) {
            remember(outcome.reset)
            guard case .after(let retry) = outcome.retry, outcome.limited else { continue }
            remember(retry)
            if !charge.shadow { wait = max(wait, retry) }
        }
        if answer.result == .refused, !check.peek, wait > 0, wait <= 3 * longestWindow { refused = (check, now + wait) }
    }

    private mutating func remember(_ wait: Microseconds) {
        guard wait > 0, wait <= 3 * longestWindow else { return }
        announced.append(now + wait)
        if announced.count > 8 { announced.removeFirst() }
    }
}
