import DecisionService
import LimitCore
import LimitPolicy
import LimitStore
import LimitStoreTesting
import Synchronization

/// Collects what a lane answers.
final class Answers: AnswerSink {
    var responses: [UInt64: CheckResponse] = [:]
    var failures: [UInt64: CallFailure] = [:]
    var flushes = 0

    func answer(_ ticket: UInt64, _ response: CheckResponse) { responses[ticket] = response }
    func fail(_ ticket: UInt64, _ failure: CallFailure) { failures[ticket] = failure }
    func flushAnswers() { flushes += 1 }
}

/// A lane with a clock of its own, over any store.
final class LaneFixture {
    final class Clock: Sendable {
        private let time = Atomic<Int64>(1_700_000_000_000_000)
        var now: Int64 { time.load(ordering: .relaxed) }
        func advance(_ by: Int64) { time.add(by, ordering: .relaxed) }
    }

    let clock = Clock()
    let register: PolicyRegister
    let lane: DecisionLane
    let replicas: ReplicaRegister

    /// With `daemons` given, the lane goes on locally while the store is out, as one of so many.
    init(_ policy: String, store: ((Clock) -> any LimitStore)? = nil, daemons: Int? = nil) throws {
        let clock = clock
        register = PolicyRegister(try Policy.load(Array(policy.utf8), name: "test"), now: 0) { clock.now }
        replicas = ReplicaRegister(register, realtime: clock.now) { clock.now }
        let store = store?(clock) ?? MemoryStore(maxKeys: 10_000) { clock.now }
        let fallback = daemons.map { daemons in
            LocalFallback(store: MemoryStore(maxKeys: 1000) { clock.now }) { daemons }
        }
        lane = DecisionLane(store: store, register: register, fallback: fallback, replicas: replicas) { clock.now }
    }

    /// Asks one check and returns its answer.
    func check(
        _ client: String,
        _ route: String,
        _ change: (inout CheckRequest) -> Void = { _ in }
    ) throws -> CheckResponse {
        let answers = Answers()
        var request = CheckRequest(client: client, route: route)
        change(&request)
        _ = try lane.questions.append(request)
        lane.ask(answers, ticket: 1)
        lane.flush()
        if let failure = answers.failures[1] { throw failure }
        guard let response = answers.responses[1] else { throw CallFailure.deadlineExceeded }
        return response
    }
}

/// A store that answers when it is told to.
final class LateStore: LimitStore {
    private let inner: MemoryStore
    private(set) var waiting: [(CheckBatch, (CheckBatch) -> Void)] = []

    init(_ clock: LaneFixture.Clock) {
        inner = MemoryStore(maxKeys: 10_000) { clock.now }
    }

    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        waiting.append((batch, reply))
    }

    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        inner.settle(batch, reply: reply)
    }

    func answerAll() {
        let due = waiting
        waiting = []
        for (batch, reply) in due { inner.decide(batch, reply: reply) }
    }

    /// Answers only some checks of the oldest batch; the others stay pending.
    func answerOldest(_ checks: Set<Int>, with result: CheckResult) {
        let (batch, reply) = waiting[0]
        if batch.results.isEmpty { batch.prepareForStore() }
        for check in checks { batch.results[check] = result }
        if !batch.results.contains(.pending) { waiting.removeFirst() }
        reply(batch)
    }
}
