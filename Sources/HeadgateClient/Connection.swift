import LimitCore
import Logging
import NIOCore
import Synchronization
import WireProtocol

/// The way to one daemon: dials, greets, carries calls, and dials again for as long as the client runs.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` only, which every method but `ask` asserts; the
/// atomic is for callers on other threads.
final class Connection: @unchecked Sendable {
    let address: ServerAddress
    let loop: any EventLoop
    let settings: HeadgateClient.Configuration
    private let shared = Atomic<UInt8>(Availability.hopeful.rawValue)
    var machine = StateMachine()
    var link: FrameHandler?
    var random = SystemRandomNumberGenerator()
    private var calls: [UInt32: Call] = [:]
    private var deadlines = CallDeadlines()
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var flushIsScheduled = false
    private let encoder = MessageEncoder()
    /// Why the last dial failed, for those who are refused meanwhile.
    var lastProblem: Outage
    private var isLost = false

    init(address: ServerAddress, loop: any EventLoop, settings: HeadgateClient.Configuration) {
        self.address = address
        self.loop = loop
        self.settings = settings
        lastProblem = Outage(.unreachable, "no connection to \(address) yet")
    }

    /// How much a caller may hope for; from any thread.
    var availability: Availability { Availability(rawValue: shared.load(ordering: .relaxed)) ?? .down }

    /// Asks the daemon; from any thread. Returns by the deadline.
    func ask(_ request: Call.Request, deadline: NIODeadline) async -> Call.Ending {
        await withCheckedContinuation { caller in
            let call = Call(request: request, deadline: deadline, caller: caller)
            loop.execute { self.ask(call) }
        }
    }

    private func ask(_ call: Call) {
        switch machine.call(call.request.kind) {
        case .send(let id):
            expect(id, call)
            send(id, call)
        case .hold(let id):
            expect(id, call)
        case .refuse(.closed):
            call.caller.resume(returning: .notSent(Outage(.stopped, "the client was shut down")))
        case .refuse(.unreachable):
            call.caller.resume(returning: .notSent(lastProblem))
        case .refuse(.tooManyCalls):
            call.caller.resume(returning: .notSent(Outage(.tooManyCalls, "too many calls in flight to \(address)")))
        }
    }

    private func expect(_ id: UInt32, _ call: Call) {
        calls[id] = call
        deadlines.insert(id, at: call.deadline)
        setTimer()
    }

    private func send(_ id: UInt32, _ call: Call) {
        let left = call.deadline - .now()
        var frame: [UInt8] = []
        do throws(WireError) {
            // A millisecond at least: 0 would mean that the caller waits for ever.
            let milliseconds = UInt64(max(left.nanoseconds / 1_000_000, 1))
            try Frame.appendRequest(call.request.kind, call: id, millisecondsLeft: milliseconds, to: &frame) {
                out throws(WireError) in
                try call.request.append(to: &out, by: encoder)
            }
        } catch {
            // A check cannot: it was checked against bounds that fit a frame.
            return end(id, .invalid(error.message))
        }
        link?.write(frame)
        flushSoon()
    }

    /// One flush for all calls that the loop finds waiting, so that they leave in one write.
    private func flushSoon() {
        if flushIsScheduled { return }
        flushIsScheduled = true
        loop.execute {
            self.flushIsScheduled = false
            self.link?.flush()
        }
    }

    /// Hands the call its ending; nothing where it has one.
    func end(_ id: UInt32, _ ending: Call.Ending) {
        calls.removeValue(forKey: id)?.caller.resume(returning: ending)
    }

    func sendHeld(_ ids: [UInt32]) {
        for id in ids {
            guard let call = calls[id] else { continue }
            send(id, call)
        }
    }

    /// Ends what a loss takes with it, and sees to the next dial.
    func suffer(_ loss: StateMachine.Loss, _ problem: Outage) {
        link?.close()
        link = nil
        lastProblem = problem
        publish()
        for id in loss.failed { end(id, .outage(Outage(.connectionLost, problem.message))) }
        for id in loss.released { end(id, .notSent(problem)) }
        if let failures = loss.failures { dialLater(afterFailures: failures) }
    }

    /// Lets other threads know, and the log where the daemon was lost or found.
    func publish() {
        let now = machine.availability
        shared.store(now.rawValue, ordering: .relaxed)
        if now == .down, !isLost {
            isLost = true
            settings.logger.warning(
                "daemon is unreachable",
                metadata: [LogKey.address: "\(address)", LogKey.problem: "\(lastProblem)"]
            )
        } else if now == .ready, isLost {
            isLost = false
            settings.logger.notice("daemon is back", metadata: [LogKey.address: "\(address)"])
        }
    }

    private func setTimer() {
        deadlines.dropFirst { calls[$0] == nil }
        guard let first = deadlines.first, first < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = first
        timer = loop.scheduleTask(deadline: first) { self.expire() }
    }

    private func expire() {
        timerDeadline = .distantFuture
        timer = nil
        while let id = deadlines.popDue(.now()) {
            if calls[id] != nil { expire(id) }
        }
        setTimer()
    }

    private func expire(_ id: UInt32) {
        let timeout = Outage(.timedOut, "\(address) did not answer in time")
        switch machine.expired(id) {
        case .none: break
        case .release: end(id, .outage(timeout))
        case .fail(nil): end(id, .outage(timeout))
        case .fail(let ping?):
            end(id, .outage(timeout))
            probe(ping)
        case .drop(let loss): suffer(loss, timeout)
        }
    }

    private func probe(_ ping: UInt32) {
        var frame: [UInt8] = []
        try? Frame.appendRequest(.ping, call: ping, to: &frame) { _ throws(WireError) in }
        link?.write(frame)
        flushSoon()
        loop.scheduleTask(in: TimeAmount(settings.connectTimeout)) {
            guard let loss = self.machine.silent(ping) else { return }
            self.suffer(loss, Outage(.unreachable, "\(self.address) has fallen silent"))
        }
    }
}
