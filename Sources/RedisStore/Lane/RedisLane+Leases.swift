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
        if let node { node.add(ask, now: now) } else { giveUp(ask) }
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
