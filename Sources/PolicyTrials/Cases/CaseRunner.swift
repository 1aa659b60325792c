import DecisionService
import LimitCore
package import LimitPolicy

/// Runs cases against a policy, each over counters of its own.
package struct CaseRunner {
    private let policy: Policy
    /// More counters than the calls of a case's usual steps come to.
    private static let maxKeys = 1_000_000

    package init(_ policy: Policy) {
        self.policy = policy
    }

    /// Runs a case to its end, also past steps that fail.
    package func run(_ trial: TrialCase) -> CaseResult {
        let clock = DrivenClock(now: trial.start)
        let run = CaseRun(DrivenGate(policy, clock: clock, maxKeys: Self.maxKeys), start: trial.start)
        var result = CaseResult(name: trial.name, mark: trial.mark)
        for (index, step) in trial.steps.enumerated() {
            let failure = run.run(step)
            if case .replicas = step.action {} else { result.calls += step.count }
            guard var failure else { continue }
            failure.step = index + 1
            result.failures.append(failure)
        }
        return result
    }
}

/// A case on its way: its counters, its clock and its leases.
private final class CaseRun {
    private let gate: DrivenGate
    private let start: Microseconds
    private var leases = NamedLeases()

    init(_ gate: DrivenGate, start: Microseconds) {
        self.gate = gate
        self.start = start
    }

    func run(_ step: TrialStep) -> StepFailure? {
        var tally = StepTally(step)
        for call in 0..<step.count {
            gate.clock.now = start + step.at + Int64(call) * step.every
            do throws(CallFailure) {
                switch step.action {
                case .check(let check): tally.count(try decide(check), call)
                case .lease(let lease): tally.count(try outcomes(of: lease), call)
                case .replicas(let replicas): gate.setReplicas(replicas)
                }
            } catch {
                tally.count(error, call)
            }
        }
        return tally.failure()
    }

    private func decide(_ check: TrialCheck) throws(CallFailure) -> CheckResponse {
        var request = check.request
        request.allLimits = true
        let response = try gate.decide(request)
        if let name = check.leaseName, !response.lease.isEmpty { leases.add(response.lease, to: name) }
        return response
    }

    /// What became of each lease; empty where there is none.
    private func outcomes(of call: TrialLeaseCall) throws(CallFailure) -> [LeaseOutcome] {
        if call.kind == .renew { return try renew(call) }
        guard let token = leases.takeOldest(of: call.name) else { return [] }
        let request = SettleRequest(lease: token, usage: call.usage, cancel: call.kind == .cancel)
        return [try gate.settle(request).settled ? .settled : .late]
    }

    private func renew(_ call: TrialLeaseCall) throws(CallFailure) -> [LeaseOutcome] {
        let tokens = leases.kept(of: call.name)
        if tokens.isEmpty { return [] }
        let items = tokens.map { RenewRequest.Item(lease: $0, usage: call.usage) }
        let renewed = try gate.renew(RenewRequest(leases: items)).leases
        leases.replaceKept(of: call.name, with: renewed.map(\.lease))
        return renewed.map { $0.alive ? ($0.stop ? .stop : .alive) : .late }
    }
}
