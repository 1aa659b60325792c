import Foundation
import LimitCore
import Synchronization

/// Callers at a steady pace: each asks one call every few milliseconds, whatever became of those before, so the rate
/// that is offered is the same before, during and after a fault. A caller that is late catches up.
final class SteadyLoad: Sendable {
    /// What became of one call.
    struct Call: Sendable {
        var sent: ContinuousClock.Instant
        var answered: ContinuousClock.Instant
        /// How long the caller itself waited for a processor meanwhile.
        var starved: Duration
        /// nil where the connection broke or nothing came; else the decision, or the daemon's words for a failure.
        var outcome: Result<CheckResponse, SystemFailure>?

        var response: CheckResponse? { if case .success(let response)? = outcome { response } else { nil } }
        var isDegraded: Bool { response?.degraded == true }
        /// Decided by the shared store.
        var isWhole: Bool { response?.degraded == false }
    }

    struct Plan: Sendable {
        var daemons: [DaemonProcess]
        var connectionsPerPort = 3
        var pace = Duration.milliseconds(4)
        var route = "/steady"
    }

    private let plan: Plan
    private let isOver = Atomic<Bool>(false)
    private let calls = Mutex<[Call]>([])
    private let running = DispatchGroup()
    let starvation: StarvationMeter

    init(_ plan: Plan) {
        self.plan = plan
        starvation = StarvationMeter(of: plan.daemons.map(\.child.pid))
        for port in plan.daemons.map(\.port) {
            for caller in 0..<plan.connectionsPerPort {
                running.enter()
                let thread = Thread { [self] in
                    ask(port, "client-\(port)-\(caller)")
                    running.leave()
                }
                thread.start()
            }
        }
    }

    /// Ends the load and hands out all calls.
    func finish() -> [Call] {
        isOver.store(true, ordering: .relaxed)
        running.wait()
        starvation.finish()
        return calls.withLock { $0 }
    }

    /// The calls so far, in the order of their answers.
    var soFar: [Call] { calls.withLock { $0 } }

    private func ask(_ port: Int, _ client: String) {
        let delay = RunDelay()
        var connection: WireConnection?
        var due = ContinuousClock.now
        let request = CheckRequest(client: client, route: plan.route)
        while !isOver.load(ordering: .relaxed) {
            Pace.wait(until: due)
            due += plan.pace
            let starved = delay.total
            let sent = ContinuousClock.now
            let outcome: Result<CheckResponse, SystemFailure>?
            do {
                let open = try connection ?? WireConnection(port: port)
                connection = open
                outcome = try open.check(request)
            } catch {
                connection = nil
                outcome = nil
            }
            let call = Call(sent: sent, answered: .now, starved: delay.total - starved, outcome: outcome)
            calls.withLock { $0.append(call) }
        }
    }
}
