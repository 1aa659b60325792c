import LimitCore
import NIOCore

/// Checks of one charge each, as connections would ask them: each so many at once, and the next when all are answered.
struct Workload: Sendable {
    var limit: Limit
    var connections: Int
    var pipeline: Int
    var clients: Int
    /// What its counters are called, one name an algorithm.
    let name: String

    init(limit: Limit, connections: Int, pipeline: Int, clients: Int) {
        self.limit = limit
        self.connections = connections
        self.pipeline = pipeline
        self.clients = clients
        name = "predict/requests-\(limit.algorithm.name)"
    }
}

/// Random numbers that cost next to nothing, so that what is measured is the lane.
private struct Xorshift: RandomNumberGenerator {
    private var state: UInt64 = 88_172_645_463_325_252

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// A workload on its way, on its lane's loop.
final class Run {
    let workload: Workload
    let count: Int
    let promise: EventLoopPromise<[Microseconds]>
    /// How long each answer took, in us.
    var waits: [Microseconds] = []
    private var started = 0
    private var random = Xorshift()

    init(_ workload: Workload, count: Int, promise: EventLoopPromise<[Microseconds]>) {
        self.workload = workload
        self.count = count
        self.promise = promise
        waits.reserveCapacity(count)
    }

    /// Fills the batch with the next checks; false where there are none left.
    func next(_ batch: CheckBatch, now: Microseconds) -> Bool {
        batch.removeAll()
        for _ in 0..<min(workload.pipeline, count - started) { add(to: batch, now: now) }
        started += batch.priced.count
        return !batch.priced.isEmpty
    }

    private func add(to batch: CheckBatch, now: Microseconds) {
        batch.questions.begin()
        batch.questions.setFlags(peek: false, allLimits: true)
        do throws(InvalidField) {
            try batch.questions.setClient("client-\(Int.random(in: 0..<workload.clients, using: &random))".utf8.span)
            try batch.questions.setRoute("/predict".utf8.span)
            _ = try batch.questions.end()
        } catch {
            preconditionFailure("the benchmark's own question breaks a bound: \(error)")
        }
        let name = workload.name
        let counter = Counter(
            name: batch.questions.append(name.utf8.span),
            digest: NameDigest(name.utf8.span),
            client: batch.questions.checks[batch.priced.count].client,
            scope: .empty
        )
        batch.charges.append(Charge(counter: counter, limit: workload.limit, cost: 1))
        batch.priced.append(batch.charges.count - 1..<batch.charges.count)
        batch.deadlines.append(now + 10_000_000)
    }

    func answered(_ checks: Int, after wait: Microseconds) {
        waits.append(contentsOf: repeatElement(wait, count: checks))
        if waits.count == count { promise.succeed(waits) }
    }
}
