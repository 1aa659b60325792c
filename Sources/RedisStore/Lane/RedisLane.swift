package import LimitCore
import LimitStore
internal import NIOCore

/// The store as one event loop sees it. Everything on it happens on that loop.
package final class RedisLane: LimitStore {
    let store: RedisStore
    let loop: any EventLoop
    let clock: () -> Microseconds
    let settings: RedisSettings
    let health: StoreHealth
    let dialer: RedisDialer
    let greeting: Greeting
    var keys: CounterKeys
    private var memory = RefusalMemory()
    private(set) var node: RedisNode?
    private(set) var cluster: ClusterRoutes?
    private var sentinel: SentinelWatch?
    private var master: RedisAddress?
    /// Sees the reply to every call that was answered. For tests, which replay a history in the server's order.
    var witness: ((RedisNode.Call, borrowing Reply) -> Void)?
    private var toTell: [Job] = []
    private var outcomes: [Outcome] = []

    /// - Parameter clock: the lane's monotonic clock, which `CheckBatch.deadlines` are on.
    init(
        store: RedisStore,
        settings: RedisSettings,
        loop: any EventLoop,
        clock: @escaping () -> Microseconds
    ) {
        self.store = store
        self.loop = loop
        self.clock = clock
        self.settings = settings
        health = store.health
        dialer = store.dialer
        greeting = store.greeting
        keys = store.makeKeys()
        switch settings.url.topology {
        case .standalone(let address):
            master = address
            startNode()
        case .sentinel(let sentinels, let name):
            let greeting = Greeting(
                user: settings.sentinelUser,
                password: settings.sentinelPassword,
                isStore: false
            )
            sentinel = SentinelWatch(
                sentinels,
                master: name,
                greeting: greeting,
                dialer: dialer,
                loop: loop,
                refused: { store.warn("A sentinel: \($0.message)") },
                found: { [weak self] in self?.masterIs($0) }
            )
            startNode()
            sentinel?.start()
        case .cluster(let seeds):
            cluster = ClusterRoutes(lane: self, seeds: seeds)
            cluster?.start()
        }
    }

    /// Sends a command that is no decision, in a Cluster to the node that serves a slot.
    func command(_ parts: [String], slot: Int, _ answer: @escaping (Reply?) -> Void) {
        if let target = node ?? cluster?.node(for: slot) { target.command(parts, answer) } else { answer(nil) }
    }

    private func startNode() {
        let node = RedisNode(lane: self) { [weak self] in self?.master }
        self.node = node
        node.connect()
    }

    /// What the sentinels say. A link to another server is left, though it may still answer.
    private func masterIs(_ address: RedisAddress) {
        guard address != master else { return }
        if master != nil { health.note(.mastersChanged) }
        master = address
        guard let node else { return }
        if let link = node.link {
            link.close(StoreError(.unfit, "another server is the master now"))
        } else {
            node.connect()
        }
    }

    package func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        loop.preconditionInEventLoop()
        batch.prepareForStore()
        let job = Job(batch, reply: reply)
        let now = clock()
        for check in batch.priced.indices { start(check, of: batch, job, now) }
        if job.pending == 0, !job.hasNews { reply(batch) }
        job.tell()
        tell()
    }

    /// Closes the connections and answers what still waits. A lane lives until it is stopped.
    package func stop() {
        sentinel?.stop()
        node?.stop()
        cluster?.stop()
        tell()
        sentinel = nil
        node = nil
        cluster = nil
    }

    private func start(_ check: Int, of batch: CheckBatch, _ job: Job, _ now: Microseconds) {
        if batch.priced[check].isEmpty {
            job.settle(check, .admitted)
            return
        }
        let (left, overflow) = batch.deadlines[check].subtractingReportingOverflow(now)
        let budget = overflow ? settings.budget : min(settings.budget, left / 2)
        guard budget > 0 else {
            job.settle(check, .unknown)
            return
        }
        if settings.remembersRefusals, let outcomes = memory.recall(check, of: batch, now: now) {
            health.remembered()
            job.settle(check, .refused, outcomes[...])
            return
        }
        let ask = Ask(job: job, check: check, giveUp: now + budget)
        if let node { node.add(ask, now: now) } else { startInCluster(ask, batch) }
    }
}

extension RedisLane {
    /// Answers a check without the server.
    func giveUp(_ ask: Ask) {
        guard ask.job.isPending(ask.check) else { return }
        if ask.step == nil { health.unknown(1) }
        settle(ask, .unknown)
    }

    func settle(_ ask: Ask, _ result: CheckResult, _ outcomes: ArraySlice<Outcome> = []) {
        let isFirst = !ask.job.hasNews
        ask.job.settle(ask.check, result, outcomes)
        if isFirst, ask.job.hasNews { toTell.append(ask.job) }
    }

    /// Tells the owners of all batches that have news, each once.
    func tell() {
        while !toTell.isEmpty {
            let jobs = toTell
            toTell.removeAll(keepingCapacity: true)
            for job in jobs { job.tell() }
        }
    }

    /// Gives every check of a call its answer.
    func answer(_ call: RedisNode.Call, _ reply: borrowing Reply) throws(DecisionProblem) {
        let decisions = try call.plan.answers(reply, outcomes: &outcomes)
        witness?(call, reply)
        for (position, ask) in call.asks.enumerated() {
            guard let batch = ask.job.batch, ask.job.isPending(ask.check) else { continue }
            let decision = decisions[position]
            if let result = decision.step { ask.stepped?(result) }
            let found = outcomes[decision.outcomes..<decision.outcomes + batch.priced[ask.check].count]
            ask.tell?(decision.uncharged)
            if decision.admitted { batch.grant(decision, ask.check) }
            if !decision.admitted, settings.remembersRefusals, ask.tell == nil {
                memory.remember(ask.check, of: batch, found, asked: call.sent)
            }
            settle(ask, decision.admitted ? .admitted : .refused, found)
        }
    }

    func nodeIsOut() { health.laneOut() }
    func nodeIsBack() { health.laneBack() }

    func linkIsReady() {
        store.linkIsReady()
    }

    func linkIsClosed(_ address: RedisAddress?, _ error: StoreError, wasReady: Bool) {
        health.lost(address, error)
        store.linkIsClosed(error, wasReady: wasReady)
    }
}
