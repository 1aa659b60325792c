import LimitCore
internal import NIOCore

extension RedisNode {
    /// Connects, now and again until it is stopped.
    func connect() {
        guard !isStopped, link == nil else { return }
        guard let address = resolve() else {
            reconnect(after: redial.next(UInt64.random(in: 0 ... .max)))
            return
        }
        self.address = address
        let listener = RedisLink.Listener(
            ready: { [weak self] in self?.linkIsReady(sha: $0) },
            warned: { [weak self] in self?.lane.store.warn($0) },
            replied: { [weak self] in self?.replied($0) },
            closed: { [weak self] in self?.linkIsClosed($0, wasReady: $1) }
        )
        let link = RedisLink(greeting: lane.greeting, replyLimit: lane.settings.replyLimit, listener: listener)
        self.link = link
        lane.dialer.dial(address, for: link, on: lane.loop)
    }

    private func linkIsReady(sha: String) {
        self.sha = sha
        redial.reset()
        breaker.connected(lane.clock())
        if let address { lane.health.connected(address) }
        lane.linkIsReady()
        scheduleFlush()
    }

    private func linkIsClosed(_ error: StoreError, wasReady: Bool) {
        link = nil
        lane.linkIsClosed(address, error, wasReady: wasReady)
        let lost = slots
        slots.removeAll(keepingCapacity: true)
        var failures = 0
        for case .call(let call) in lost {
            // They were sent: whether they ran is not known, so they are not sent again.
            for ask in call.asks { lane.giveUp(ask) }
            failures += 1
        }
        for case .other(_, let answer) in lost { answer(nil) }
        if failures > 0 { failed(lane.clock()) }
        // The first attempt after a loss is made at once: most links are lost because a server went away and another
        // one is there.
        reconnect(after: wasReady ? 0 : redial.next(UInt64.random(in: 0 ... .max)))
        lane.tell()
    }

    private func reconnect(after wait: Microseconds) {
        guard !isStopped else { return }
        lane.loop.assumeIsolated().scheduleTask(in: .microseconds(wait)) { [weak self] in self?.connect() }
    }

    private func replied(_ reply: borrowing Reply) {
        switch slots.removeFirst() {
        case .call(let call): answered(call, reply)
        case .script:
            if reply.errorText != nil { failed(lane.clock()) }
        case .slots:
            if let address { lane.learned(reply, from: address) }
        case .asking: break
        case .other(_, let answer): answer(copy reply)
        }
        if !waiting.isEmpty { scheduleFlush() }
        lane.tell()
    }

    private func answered(_ call: Call, _ reply: borrowing Reply) {
        let now = lane.clock()
        if let error = reply.errorText {
            failed(call, error, now)
            return
        }
        do throws(DecisionProblem) {
            try lane.answer(call, reply)
        } catch {
            for ask in call.asks { lane.giveUp(ask) }
            let problem = error == .malformed ? "not what the script returns" : "another decision than ours"
            link?.close(StoreError(.protocolViolation, "the server's reply is \(problem)"))
            failed(now)
            return
        }
        succeeded()
        lane.health.answered(checks: call.asks.count, after: now - call.sent)
        giveBack(call.plan)
    }

    /// An error reply proves that the script changed nothing: it writes only after everything else is done.
    private func failed(_ call: Call, _ error: String, _ now: Microseconds) {
        let word = error.prefix { $0 != " " }
        if word == "NOSCRIPT", !call.reloaded, let link, link.isReady {
            reload(call, over: link, now)
            return
        }
        if lane.follow(call, error, from: self, now) { return }
        for ask in call.asks { lane.giveUp(ask) }
        failed(now)
        switch word {
        case "READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "NOPERM":
            link?.close(StoreError(.unfit, "the server answers \(word)"))
        default: lane.store.refused(String(word.prefix(16)))
        }
    }

    /// Loads the script again, once for all calls that miss it, and asks again: the call did not run.
    private func reload(_ call: Call, over link: RedisLink, _ now: Microseconds) {
        let isLoading = slots.contains { if case .script = $0 { true } else { false } }
        if !isLoading {
            var buffer = ByteBuffer()
            Command.write(["SCRIPT", "LOAD", lane.greeting.script], to: &buffer)
            guard link.send(buffer) else { return }
            slots.append(.script)
        }
        var again = call
        again.reloaded = true
        again.sent = now
        write(again, over: link)
        link.flush()
    }
}
