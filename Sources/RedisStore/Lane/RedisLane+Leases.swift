package import LimitCore
internal import NIOCore

extension RedisLane {
    package func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        loop.preconditionInEventLoop()
        guard !batch.operations.isEmpty else {
            reply(batch)
            return
        }
        let job = Job(CheckBatch(places: batch.operations.count)) { places in
            guard !places.results.contains(.pending) else { return }
            for (index, result) in places.results.enumerated() where result == .unknown {
                batch.results[index] = .unknown
            }
            reply(batch)
        }
        let now = clock()
        for index in batch.operations.indices { start(index, of: batch, job, now) }
        job.tell()
        tell()
    }

    private func start(_ index: Int, of batch: LeaseBatch, _ job: Job, _ now: Microseconds) {
        let operation = batch.operations[index]
        let (left, overflow) = operation.deadline.subtractingReportingOverflow(now)
        let budget = overflow ? settings.budget : min(settings.budget, left / 2)
        guard budget > 0, operation.charges.count <= LeaseStep.mostCharges else {
            job.settle(index, .unknown)
            return
        }
        var ask = Ask(job: job, check: index, giveUp: now + budget)
        ask.step = LeaseStep(operation)
        ask.stepped = { batch.results[index] = LeaseResult($0, of: operation) }
        if let node { node.add(ask, now: now) } else { startInCluster(ask, operation) }
    }

    /// Sends an operation to the master of its slot, or its parts to theirs.
    private func startInCluster(_ whole: Ask, _ operation: LeaseOperation) {
        var whole = whole
        let slots = operation.charges.map { CounterKeys.slot(ofHeld: $0.key) }
        whole.slot = slots.first ?? CounterKeys.slot(ofLease: operation.id)
        if slots.allSatisfy({ $0 == whole.slot }) {
            route(whole)
        } else {
            SplitSettlement(operation, whole, slots: slots, lane: self).ask()
        }
    }

    /// Asks for a step in one slot of a Cluster. `answered` is told what became of it, or nil if that is not known.
    func ask(
        _ step: LeaseStep,
        slot: Int,
        giveUp: Microseconds,
        answered: @escaping (LeaseStepResult?) -> Void
    ) {
        var result: LeaseStepResult?
        let job = Job(CheckBatch(places: 1)) { answered($0.results[0] == .unknown ? nil : result) }
        var ask = Ask(job: job, check: 0, giveUp: giveUp)
        ask.slot = slot
        ask.step = step
        ask.stepped = { result = $0 }
        route(ask)
    }

    /// Longer than a check waits, as nobody waits for this: a Cluster that moves slots may need some rounds.
    private static let giveBackPatience: Microseconds = 500_000

    /// Changes charges that lie in one slot, once. It is counted whether that was acknowledged.
    func giveBack(_ step: LeaseStep, slot: Int) {
        let count = step.operation.charges.count
        guard count > 0 else { return }
        ask(step, slot: slot, giveUp: clock() + Self.giveBackPatience) { [health] in
            health.gaveBack(count, acknowledged: $0 != nil)
        }
    }
}

extension LeaseResult {
    init(_ result: LeaseStepResult, of operation: LeaseOperation) {
        switch result {
        case .gone: self = .gone
        case .done(let now, let isInDebt, _):
            self = .done(expiry: Amount.sum(now, operation.time), isInDebt: isInDebt)
        }
    }
}
