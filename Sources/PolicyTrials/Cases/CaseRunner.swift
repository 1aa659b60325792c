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
        let gate = DrivenGate(policy, clock: clock, maxKeys: Self.maxKeys)
        var result = CaseResult(name: trial.name, mark: trial.mark)
        for (index, step) in trial.steps.enumerated() {
            let failure = run(step, from: trial.start, gate)
            result.calls += step.count
            guard var failure else { continue }
            failure.step = index + 1
            result.failures.append(failure)
        }
        return result
    }

    private func run(_ step: TrialStep, from start: Microseconds, _ gate: DrivenGate) -> StepFailure? {
        var request = step.request
        request.allLimits = true
        var tally = StepTally(step)
        for call in 0..<step.count {
            gate.clock.now = start + step.at + Int64(call) * step.every
            do throws(CallFailure) {
                tally.count(try gate.decide(request), call)
            } catch {
                tally.count(error, call)
            }
        }
        return tally.failure()
    }
}
