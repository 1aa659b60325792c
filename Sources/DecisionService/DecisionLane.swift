package import LimitCore
package import LimitPolicy
package import LimitStore

/// The decision path of one event loop: checks in, answers out, without leaving the thread.
///
/// A transport decodes into `questions`, says with `ask` who waits for the answer, and calls `flush` at the end of a
/// read pass. What has gathered by then is priced by one policy, asked of the store in one call, and answered; each
/// sink is flushed once. Not `Sendable`: everything here belongs to the lane's thread.
package final class DecisionLane {
    let store: any LimitStore
    private let register: PolicyRegister
    let fallback: LocalFallback?
    let replicas: ReplicaRegister?
    let monotonicNow: () -> Microseconds
    var issuer: LeaseIssuer
    /// Leases to end or to keep with the next flush.
    var settlements: [PendingSettlement] = []
    private var pricer: Pricer
    private var version: Int
    private var gathering: PendingBatch
    private var spare: [PendingBatch] = []
    var composer: ResponseComposer
    private var flushed: [any AnswerSink] = []
    /// What this lane has decided so far.
    package internal(set) var tally = LaneTally()

    /// - Parameters:
    ///   - leases: whose leases these are.
    ///   - fallback: for rules that go on locally while the store is out; nil for a store that cannot be.
    ///   - replicas: where reports of replicas go; nil takes none.
    ///   - monotonicNow: the clock of deadlines, in microseconds.
    package init(
        store: any LimitStore,
        register: PolicyRegister,
        leases: LeaseSettings = .ofThisProcess(),
        fallback: LocalFallback? = nil,
        replicas: ReplicaRegister? = nil,
        monotonicNow: @escaping () -> Microseconds
    ) {
        self.store = store
        self.register = register
        self.fallback = fallback
        issuer = LeaseIssuer(leases)
        self.replicas = replicas
        self.monotonicNow = monotonicNow
        version = register.version
        let content = register.content
        let pricer = Pricer(content.policy)
        pricer.adopt(content)
        self.pricer = pricer
        gathering = PendingBatch(pricer: pricer)
        composer = ResponseComposer()
    }

    /// Where the checks of the next batch are decoded into. Each that is added must be asked.
    package var questions: Questions {
        _read { yield gathering.checks.questions }
        _modify { yield &gathering.checks.questions }
    }

    /// Says who waits for the answer to the next check of `questions`, in their order.
    ///
    /// `timeLeft` is in microseconds; nil waits as long as it takes.
    package func ask(_ sink: any AnswerSink, ticket: UInt64, timeLeft: Microseconds? = nil) {
        append(PendingBatch.Asker(sink: sink, ticket: ticket, message: 0..<0), timeLeft)
    }

    /// Says who waits for the answers to the next `count` checks, which came as one message: a broken one fails all of
    /// them, and nothing is charged. Their tickets are their positions in the message.
    package func askMany(_ sink: any AnswerSink, count: Int, timeLeft: Microseconds? = nil) {
        let message = gathering.askers.count..<gathering.askers.count + count
        for position in 0..<count {
            append(PendingBatch.Asker(sink: sink, ticket: UInt64(position), message: message), timeLeft)
        }
    }

    /// Says who waits for the answers to the next `count` checks, which are one step: all of their charges fit and all
    /// are charged, or none is. Their tickets are their positions.
    ///
    /// Each is priced for itself and has an answer of its own. Where another one is in the way, one whose own charges
    /// fit is answered as allowed, with what remains uncharged; where the policy forbids one, the others are answered as
    /// peeks. A broken one fails all of them.
    package func askTogether(_ sink: any AnswerSink, count: Int, timeLeft: Microseconds? = nil) {
        let batch = gathering
        let checks = batch.askers.count..<batch.askers.count + count
        var asker = PendingBatch.Asker(sink: sink, ticket: 0, message: checks)
        asker.group = Int32(truncatingIfNeeded: batch.groups.count)
        for position in 0..<count {
            asker.ticket = UInt64(position)
            batch.askers.append(asker)
        }
        batch.checks.deadlines.append(contentsOf: repeatElement(deadline(timeLeft), count: count))
        batch.groups.append(PendingBatch.Group(checks: checks))
    }

    private func append(_ asker: PendingBatch.Asker, _ timeLeft: Microseconds?) {
        gathering.askers.append(asker)
        gathering.checks.deadlines.append(deadline(timeLeft))
    }

    /// The policy that the next batch is priced by, as it is known by number.
    package var policyFingerprint: UInt64 { pricer.policy.fingerprint }

    /// Which headers Envoy is told to add, by the policy of the latest batch.
    package var envoyHeaders: EnvoyMapping.Headers { pricer.policy.envoy.headers }

    /// Decides what has gathered. Answers come before this returns where the store is in memory.
    package func flush() {
        if !settlements.isEmpty { settle() }
        if gathering.isEmpty { return }
        adoptPolicy()
        let batch = gathering
        gathering = spare.popLast() ?? PendingBatch(pricer: pricer)
        batch.pricer = pricer
        batch.unanswered = batch.askers.count
        price(batch)
        if answerUnpriced(batch) {
            finish(batch)
        } else {
            store.decide(batch.checks) { [self] _ in
                answerDecided(batch)
                finish(batch)
            }
        }
    }

    private func adoptPolicy() {
        let newest = register.version
        if newest != version {
            version = newest
            let content = register.content
            if content.policy !== pricer.policy {
                tally.changeRules(from: pricer.policy)
                pricer = Pricer(content.policy)
            }
            pricer.adopt(content)
        }
        if pricer.hasOperators { pricer.now = register.clock() }
    }
}

extension Pricer {
    fileprivate func adopt(_ content: PolicyRegister.Content) {
        operators = content.operators
        for (index, scale) in content.scales.enumerated() { setScale(scale, ofWarmUp: index) }
    }
}

extension DecisionLane {
    private func price(_ batch: PendingBatch) {
        BatchPricing(pricer: pricer, askers: batch.askers).price(
            &batch.checks.questions,
            charges: &batch.checks.charges,
            priced: &batch.checks.priced,
            rulings: &batch.rulings
        )
        for group in batch.groups.indices { batch.join(group) }
        for case (let check, .priced(let pricing)) in batch.rulings.enumerated() where pricing.leaseTime > 0 {
            batch.checks.leases[check] = LeaseTerms(id: issuer.nextID(), time: pricing.leaseTime)
        }
    }

    /// Answers what needs no store, and says whether that was all.
    private func answerUnpriced(_ batch: PendingBatch) -> Bool {
        var now: Microseconds?
        for check in batch.rulings.indices {
            switch batch.rulings[check] {
            case .invalid(let field):
                fail(check, of: batch, .invalid(field))
            case .priced(let pricing) where batch.checks.priced[batch.leader(of: check)].isEmpty:
                composer.compose(pricing, under: batch.pricer.policy)
                answer(check, of: batch, pricing.rule)
            case .priced:
                guard batch.checks.deadlines[check] != .max else { continue }
                // One instant for all: the checks of a group are late together.
                let instant = now ?? monotonicNow()
                now = instant
                if batch.checks.deadlines[check] <= instant { fail(check, of: batch, .deadlineExceeded) }
            }
        }
        withdrawFailed(batch)
        return batch.unanswered == 0
    }

    /// The store is not to charge what was answered as too late.
    private func withdrawFailed(_ batch: PendingBatch) {
        if batch.unanswered == batch.askers.count { return }
        for check in batch.askers.indices where batch.askers[check].isAnswered {
            batch.checks.priced[check] = batch.checks.priced[check].lowerBound..<batch.checks.priced[check].lowerBound
        }
    }

    private func answerDecided(_ batch: PendingBatch) {
        var undecided: [Int] = []
        for check in batch.askers.indices where !batch.askers[check].isAnswered {
            switch batch.checks.results[batch.leader(of: check)] {
            case .pending: continue
            case .unknown: undecided.append(check)
            case .admitted, .refused: answerFromStore(check, of: batch)
            }
        }
        if !undecided.isEmpty { answerDegraded(undecided, of: batch) }
    }

    func answerFromStore(_ check: Int, of batch: PendingBatch, isDegraded: Bool = false) {
        guard case .priced(let pricing) = batch.rulings[check] else { return }
        let charges = batch.charges(of: check)
        if charges.isEmpty {
            composer.compose(pricing, under: batch.pricer.policy)
            return answer(check, of: batch, pricing.rule)
        }
        composer.compose(
            pricing,
            check: check,
            charges: charges,
            result: batch.result(of: check),
            of: batch.checks,
            by: batch.pricer,
            isDegraded: isDegraded
        )
        if !batch.checks.grants.isEmpty, let grant = batch.checks.grants[check] {
            let token = issuer.token(for: grant, of: batch.checks, check, by: batch.pricer, isLocal: isDegraded)
            composer.attach(token, lasting: pricing.leaseTime)
            tally.leases.granted += 1
        }
        tally.countShadows(pricing.rule, charges, of: batch.checks)
        answer(check, of: batch, pricing.rule)
    }

    /// Answers without the shared store, as the rule of each check says.
    private func answerDegraded(_ checks: [Int], of batch: PendingBatch) {
        var local: [Int] = []
        for check in checks {
            guard case .priced(let pricing) = batch.rulings[check], !batch.askers[check].isAnswered else { continue }
            if batch.askers[check].group >= 0 {
                if check == batch.leader(of: check), isLocal(check, of: batch) { local.append(check) }
                continue
            }
            let failure = pricing.rule.map { batch.pricer.policy.rules[$0].onStoreFailure } ?? .local
            tally.degraded += 1
            if failure == .local, fallback != nil {
                local.append(check)
                continue
            }
            composer.composeDegraded(pricing, isAllowed: failure == .allow, under: batch.pricer.policy)
            answer(check, of: batch, pricing.rule)
        }
        guard !local.isEmpty, let fallback else { return }
        fallback.decide(local, of: batch.checks, under: batch.pricer.policy)
        for check in local.flatMap(batch.checks(ledBy:)) where !batch.askers[check].isAnswered {
            answerFromStore(check, of: batch, isDegraded: true)
        }
    }

    func answer(_ check: Int, of batch: PendingBatch, _ rule: Int?) {
        let asker = take(check, of: batch)
        tally.count(rule, composer.response.verdict, check, of: batch.checks)
        asker.sink.answer(asker.ticket, composer.response)
    }

    private func fail(_ check: Int, of batch: PendingBatch, _ failure: CallFailure) {
        let asker = take(check, of: batch)
        tally.failed += 1
        asker.sink.fail(asker.ticket, failure)
    }

    private func take(_ check: Int, of batch: PendingBatch) -> PendingBatch.Asker {
        batch.askers[check].isAnswered = true
        batch.unanswered -= 1
        let asker = batch.askers[check]
        if flushed.last !== asker.sink { flushed.append(asker.sink) }
        return asker
    }

    /// Has the answers written, and keeps the batch for later once none is missing.
    private func finish(_ batch: PendingBatch) {
        let sinks = flushed
        flushed.removeAll(keepingCapacity: true)
        for sink in sinks { sink.flushAnswers() }
        guard batch.unanswered == 0 else { return }
        batch.removeAll()
        if spare.count < Self.spareBatches { spare.append(batch) }
    }

    private static let spareBatches = 8
}
