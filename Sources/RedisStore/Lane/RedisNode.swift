import LimitCore
internal import NIOCore

/// One server as a lane sees it: the link to it, what waits for it, and whether it makes sense to ask.
///
/// While a call is in flight, checks gather and go out together with the next one; an idle server is asked at once.
final class RedisNode {
    /// One script call in flight.
    struct Call {
        var plan: DecisionPlan
        var asks: [Ask]
        var sent: Microseconds
        var reloaded = false

        /// Counters of several slots cannot be declared as keys.
        var isOneSlot: Bool { asks.allSatisfy { $0.slot == asks[0].slot } }
    }

    /// What a reply that is due will be for.
    enum Slot {
        case call(Call)
        case script
        case slots
        /// The reply to ASKING, which says nothing.
        case asking
        /// Another command, sent at an instant; its reply, or nil where none comes.
        case other(Microseconds, (Reply?) -> Void)
    }

    /// Checks in one call: so many that a script holds the server for well under a millisecond.
    static let checksPerCall = 256
    /// With so many waiting, a further call goes out beside those in flight.
    static let checksPerFurtherCall = 64
    static let callsInFlight = 4
    /// Beyond so many, checks are answered without the store.
    static let longestQueue = 16_384

    /// Its lane, which lets go of it when it stops: until then both live, whatever still happens on the loop.
    let lane: RedisLane
    /// Where to connect; nil while nobody knows.
    let resolve: () -> RedisAddress?
    var address: RedisAddress?
    /// When a redirection last named it, on the lane's clock.
    var named: Microseconds = -10_000_000
    var link: RedisLink?
    var sha = ""
    var waiting: [Ask] = []
    var slots: [Slot] = []
    var breaker = Breaker()
    var redial = Backoff(first: 50_000, last: 2_000_000)
    var flushIsDue = false
    var isStopped = false
    private var sweep: Scheduled<Void>?
    private var sweepAt: Microseconds = .max
    private var sparePlans: [DecisionPlan] = []
    private var scratch = ByteBuffer()

    init(lane: RedisLane, resolve: @escaping () -> RedisAddress?) {
        self.lane = lane
        self.resolve = resolve
    }

    /// Queues a check. It is answered at once where the server is known to be out.
    func add(_ ask: Ask, now: Microseconds) {
        let canAsk = breaker.isClosed || breaker.isPassable(now) && link?.isReady == true
        guard canAsk, waiting.count < Self.longestQueue, !isStopped else {
            lane.giveUp(ask)
            return
        }
        waiting.append(ask)
        scheduleSweep(ask.giveUp, now)
        scheduleFlush()
    }

    /// Sends at the end of this pass of the loop: what comes in the same pass goes out together.
    func scheduleFlush() {
        guard !flushIsDue else { return }
        flushIsDue = true
        lane.loop.assumeIsolated().execute { [weak self] in
            guard let self else { return }
            flushIsDue = false
            flush()
        }
    }

    func takePlan() -> DecisionPlan { sparePlans.popLast() ?? DecisionPlan() }

    func giveBack(_ plan: consuming DecisionPlan) {
        guard sparePlans.count < Self.callsInFlight else { return }
        plan.removeAll()
        sparePlans.append(plan)
    }

    private func flush() {
        let now = lane.clock()
        var sent = false
        while let link, link.isReady, !waiting.isEmpty, hasRoom {
            guard breaker.allows(now) else {
                giveUpWaiting()
                break
            }
            if !send(now, over: link) { breaker.withdrawn(now) }
            sent = true
        }
        if sent { link?.flush() }
        lane.tell()
    }

    private var hasRoom: Bool {
        slots.isEmpty || waiting.count >= Self.checksPerFurtherCall && slots.count < Self.callsInFlight
    }

    /// Sends one call; false where everything that waited had given up.
    private func send(_ now: Microseconds, over link: RedisLink) -> Bool {
        var plan = takePlan()
        var asks: [Ask] = []
        asks.reserveCapacity(min(waiting.count, Self.checksPerCall))
        var taken = 0
        while taken < waiting.count, asks.count + plan.burden < Self.checksPerCall {
            let ask = waiting[taken]
            if let first = asks.first, !ask.fitsInto(first) { break }
            taken += 1
            guard let batch = ask.job.batch, ask.job.isPending(ask.check) else { continue }
            if let step = ask.step {
                plan.add(step, keys: lane.keys)
            } else {
                plan.add(ask.check, of: batch, isPart: ask.tell != nil, keys: &lane.keys)
            }
            asks.append(ask)
        }
        waiting.removeFirst(taken)
        guard !asks.isEmpty else {
            giveBack(plan)
            return false
        }
        write(Call(plan: plan, asks: asks, sent: now), over: link)
        return true
    }

    func write(_ call: Call, over link: RedisLink) {
        var buffer = ByteBufferAllocator().buffer(capacity: 128 + call.plan.index.text.count * 2)
        if call.asks[0].isAsking {
            var asking = ByteBuffer()
            Command.write(["ASKING"], to: &asking)
            if link.send(asking) { slots.append(.asking) }
        }
        call.plan.write(script: sha, declaringKeys: call.isOneSlot, plan: &scratch, to: &buffer)
        guard link.send(buffer) else { preconditionFailure("a call is written to a link that is ready") }
        slots.append(.call(call))
    }
}

extension RedisNode {
    /// One timer for all that waits, left alone when the next check gives up later: a busy lane sets one per budget.
    func scheduleSweep(_ time: Microseconds, _ now: Microseconds) {
        guard time < sweepAt else { return }
        sweep?.cancel()
        sweepAt = time
        let wait = TimeAmount.microseconds(max(0, time - now) + 50)
        sweep = lane.loop.assumeIsolated().scheduleTask(in: wait) { [weak self] in self?.sweepExpired() }
    }

    /// Answers what waited for its budget, and replaces a link that did not answer a call in its time.
    private func sweepExpired() {
        sweepAt = .max
        let now = lane.clock()
        var next = Microseconds.max
        let before = waiting.count
        waiting.removeAll { ask in
            if ask.giveUp <= now {
                lane.giveUp(ask)
                return true
            }
            next = min(next, ask.giveUp)
            return !ask.job.isPending(ask.check)
        }
        let starved = waiting.count < before && link?.isReady != true
        var oldest = Microseconds.max
        for case .call(let call) in slots {
            oldest = min(oldest, call.sent + lane.settings.budget)
            for ask in call.asks where ask.job.isPending(ask.check) {
                if ask.giveUp <= now { lane.giveUp(ask) } else { next = min(next, ask.giveUp) }
            }
        }
        for case .other(let sent, _) in slots { oldest = min(oldest, sent + lane.settings.budget) }
        if oldest <= now {
            link?.close(StoreError(.timeout, "the server did not answer in time"))
        } else if starved {
            failed(now)
        }
        next = min(next, oldest <= now ? .max : oldest)
        if next < .max { scheduleSweep(next, now) }
        lane.tell()
    }

    /// Asks a Cluster's node for its slot map.
    func askForSlots() {
        var buffer = ByteBuffer()
        Command.write(["CLUSTER", "SLOTS"], to: &buffer)
        guard let link, link.send(buffer) else { return }
        slots.append(.slots)
        link.flush()
    }

    /// Sends a command that is no decision.
    func command(_ parts: [String], _ answer: @escaping (Reply?) -> Void) {
        var buffer = ByteBuffer()
        Command.write(parts, to: &buffer)
        guard let link, link.send(buffer) else {
            answer(nil)
            return
        }
        let now = lane.clock()
        slots.append(.other(now, answer))
        scheduleSweep(now + lane.settings.budget, now)
        link.flush()
    }

    /// Queues checks again that did not run, to be sent in a moment.
    func retry(_ asks: [Ask], _ now: Microseconds) {
        waiting.append(contentsOf: asks)
        for ask in asks { scheduleSweep(ask.giveUp, now) }
        lane.loop.assumeIsolated().scheduleTask(in: .milliseconds(3)) { [weak self] in self?.scheduleFlush() }
    }

    func giveUpWaiting() {
        let asks = waiting
        waiting.removeAll(keepingCapacity: true)
        for ask in asks { lane.giveUp(ask) }
    }

    func succeeded() {
        if breaker.succeeded() == .closed { lane.nodeIsBack() }
    }

    func failed(_ now: Microseconds) {
        lane.health.failed()
        if breaker.failed(now, UInt64.random(in: 0 ... .max)) == .opened {
            lane.nodeIsOut()
            giveUpWaiting()
        }
    }

    func stop() {
        isStopped = true
        sweep?.cancel()
        link?.close(StoreError(.connection, "the store is closed"))
        giveUpWaiting()
        if !breaker.isClosed { lane.nodeIsBack() }
    }
}
