import DecisionService
import LimitCore
import LimitPolicy
import LimitStore

/// A policy in force over empty counters and a clock that the caller drives: what the daemon decides by, without one.
final class DrivenGate {
    let clock: DrivenClock
    let lane: DecisionLane
    let policy: Policy
    private let store: MemoryStore
    private let register: PolicyRegister
    private var replicas = DrivenReplicas()
    private let answer = LastAnswer()

    /// `maxKeys` bounds how many counters are held.
    init(_ policy: Policy, clock: DrivenClock, maxKeys: Int) {
        self.policy = policy
        self.clock = clock
        store = MemoryStore(maxKeys: maxKeys) { clock.now }
        register = PolicyRegister(policy, now: 0)
        lane = DecisionLane(store: store, register: register) { clock.now }
    }

    /// Counters that were forgotten for lack of room while they still counted.
    var evictions: Int { store.statistics().evictions }

    /// Decides one check at the clock's time.
    func decide(_ request: CheckRequest) throws(CallFailure) -> CheckResponse {
        do throws(InvalidField) {
            _ = try lane.questions.append(request)
        } catch {
            throw .invalid(error)
        }
        // Replicas warm up as time passes.
        if !replicas.isEmpty { register.setReplicas(replicas.view(at: clock.now)) }
        lane.ask(answer, ticket: 0)
        lane.flush()
        return try answer.result.get()
    }

    /// Ends a lease at the clock's time.
    func settle(_ request: SettleRequest) throws(CallFailure) -> SettleResponse {
        var result: Result<SettleResponse, CallFailure> = .failure(.deadlineExceeded)
        lane.settle(request) { result = $0 }
        lane.flush()
        return try result.get()
    }

    /// Keeps leases alive at the clock's time.
    func renew(_ request: RenewRequest) throws(CallFailure) -> RenewResponse {
        var result: Result<RenewResponse, CallFailure> = .failure(.deadlineExceeded)
        lane.renew(request) { result = $0 }
        lane.flush()
        return try result.get()
    }

    /// Puts replicas into a pool at the clock's time, in place of those that it has.
    func setReplicas(_ counts: TrialReplicas) {
        replicas.set(counts, at: clock.now)
        register.setReplicas(replicas.view(at: clock.now))
    }
}

/// Holds what was answered last.
private final class LastAnswer: AnswerSink {
    private(set) var result: Result<CheckResponse, CallFailure> = .failure(.deadlineExceeded)

    func answer(_ ticket: UInt64, _ response: CheckResponse) { result = .success(response) }

    func fail(_ ticket: UInt64, _ failure: CallFailure) { result = .failure(failure) }

    func flushAnswers() {}
}
