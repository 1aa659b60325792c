package import LimitCore
import LimitStore

extension DecisionLane {
    /// Ends a lease with the next flush. `reply` is called once, on the lane's thread; then `sink` is flushed.
    ///
    /// A token that this deployment did not make is an invalid field. Where the lease was settled before or has run
    /// out the answer says so and nothing is changed.
    package func settle(
        _ request: SettleRequest,
        for sink: (any AnswerSink)? = nil,
        timeLeft: Microseconds? = nil,
        reply: @escaping (Result<SettleResponse, CallFailure>) -> Void
    ) {
        guard let lease = issuer.open(request.lease) else {
            tally.leases.refused += 1
            reply(.failure(.invalid(InvalidField("lease", "was not given out by this deployment, or was altered"))))
            sink?.flushAnswers()
            return
        }
        let operation = lease.settlement(
            usage: request.usage,
            cancel: request.cancel,
            deadline: deadline(timeLeft)
        )
        add(operation, of: lease, for: sink) { [self] result in
            switch result {
            case .done:
                tally.leases.settled += 1
                reply(.success(SettleResponse(settled: true)))
            case .gone:
                tally.leases.late += 1
                reply(.success(SettleResponse(settled: false)))
            case .unknown, .pending: reply(.failure(.storeOut))
            }
        }
    }

    /// Keeps leases alive with the next flush. `reply` is called once, on the lane's thread; then `sink` is flushed.
    ///
    /// A token that this deployment did not make is answered like a lease that ran out.
    package func renew(
        _ request: RenewRequest,
        for sink: (any AnswerSink)? = nil,
        timeLeft: Microseconds? = nil,
        reply: @escaping (Result<RenewResponse, CallFailure>) -> Void
    ) {
        let call = RenewCall(count: request.leases.count, reply: reply)
        let deadline = deadline(timeLeft)
        for (index, item) in request.leases.enumerated() {
            guard let lease = issuer.open(item.lease) else {
                tally.leases.refused += 1
                call.answer(index, RenewResponse.Item(alive: false))
                continue
            }
            add(lease.renewal(usage: item.usage, deadline: deadline), of: lease, for: sink) { [self] result in
                call.answer(index, renewed(lease, result))
            }
        }
        if call.isAnswered { sink?.flushAnswers() }
    }

    private func renewed(_ lease: Lease, _ result: LeaseResult) -> RenewResponse.Item? {
        switch result {
        case .done(let expiry, let isInDebt):
            tally.leases.renewed += 1
            return RenewResponse.Item(alive: true, stop: isInDebt, lease: issuer.token(for: lease, until: expiry))
        case .gone:
            tally.leases.late += 1
            return RenewResponse.Item(alive: false)
        case .unknown, .pending: return nil
        }
    }

    func deadline(_ timeLeft: Microseconds?) -> Microseconds {
        timeLeft.map { Amount.sum(monotonicNow(), $0) } ?? .max
    }

    private func add(
        _ operation: LeaseOperation,
        of lease: Lease,
        for sink: (any AnswerSink)?,
        _ answer: @escaping (LeaseResult) -> Void
    ) {
        let place = issuer.place(of: lease)
        if place == .nowhere || (place == .fallback && fallback == nil) {
            answer(.gone)
            sink?.flushAnswers()
            return
        }
        settlements.append(
            PendingSettlement(operation: operation, isLocal: place == .fallback, sink: sink, answer: answer)
        )
    }

    /// Has the store carry out what has gathered.
    func settle() {
        let due = settlements
        settlements.removeAll(keepingCapacity: true)
        let shared = due.filter { !$0.isLocal }
        let local = due.filter(\.isLocal)
        if !shared.isEmpty {
            store.settle(LeaseBatch(shared.map(\.operation))) { Self.answer(shared, $0.results) }
        }
        if !local.isEmpty, let fallback {
            fallback.settle(LeaseBatch(local.map(\.operation))) { Self.answer(local, $0.results) }
        }
    }

    private static func answer(_ settlements: [PendingSettlement], _ results: [LeaseResult]) {
        for (settlement, result) in zip(settlements, results) { settlement.answer(result) }
        var flushed: [any AnswerSink] = []
        for sink in settlements.lazy.compactMap(\.sink) where flushed.last !== sink { flushed.append(sink) }
        for sink in flushed { sink.flushAnswers() }
    }
}
