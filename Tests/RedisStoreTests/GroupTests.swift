import DecisionService
import LimitCore
import LimitPolicy
import NIOCore
import RedisStore
import Testing

/// Descriptors that are decided together, over Redis.
@Suite(.timeLimit(.minutes(2))) struct GroupTests {
    static let policy = """
        envoy: { client: [key] }
        routes:
          - { name: key, match: { descriptor: key }, limits: [ 1000 per hour ] }
          - { name: all, match: { descriptor: all }, limits: [ { name: all, rate: 130 per hour, per: [] } ] }
        """

    @Test func `of two daemons they are charged together or not at all`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        let url = "redis://127.0.0.1:\(server.port)"
        try await withDaemon(url, { $0.budget = 5_000_000 }) { one in
            try await withDaemon(url, { $0.budget = 5_000_000 }) { two in
                let allowed = try await withThrowingTaskGroup(of: Int.self) { group in
                    for caller in 0..<4 {
                        group.addTask {
                            let answers = try await (caller % 2 == 0 ? one : two).ask(50, ["key": 3, "all": 1])
                            #expect(Set(answers.map(\.key)).isSubset(of: [.allowed]), "the keys have room")
                            return answers.count { $0.all == .allowed }
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(allowed == 130, "4 x 50 asked")
                // Another 610 of the 1,000 fit: 130 x 3 were charged, and nothing for the refused ones.
                #expect(try await one.ask(1, ["key": 611, "all": 0]).map(\.key) == [.limited])
                #expect(try await one.ask(1, ["key": 610, "all": 0]).map(\.all) == [.limited])
                #expect(try await one.ask(1, ["key": 610]).map(\.key) == [.allowed])
                #expect(try await two.ask(1, ["key": 0]).map(\.key) == [.limited])
            }
        }
    }

    @Test func `what two of them charge on one counter is added up`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { daemon in
            let tooMuch = try await daemon.ask(1, ["key": 1000, "key ": 1])
            let fits = try await daemon.ask(1, ["key": 999, "key ": 1])
            let oneMore = try await daemon.ask(1, ["key": 0])
            #expect((tooMuch + fits + oneMore).map(\.key) == [.limited, .allowed, .limited])
        }
    }
}

/// The verdicts of a request with a descriptor of each kind; nil for one that was not there.
private struct GroupVerdicts: Sendable {
    var key: Verdict?
    var all: Verdict?
}

extension TestDaemon {
    /// Asks so many requests one after the other, of descriptors by the name of their key and what they cost.
    fileprivate func ask(_ times: Int, _ descriptors: [String: Int64]) async throws -> [GroupVerdicts] {
        let policy = try Policy.load(Array(GroupTests.policy.utf8), name: "test")
        let promise = loop.makePromise(of: [GroupVerdicts].self)
        let sorted = descriptors.sorted { $0.key > $1.key }
        loop.execute {
            self.onLane { store in
                let lane = DecisionLane(store: store, register: PolicyRegister(policy, now: 0)) { Self.now() }
                GroupCaller(lane, self.loop, sorted, promise).ask(times)
            }
        }
        return try await promise.futureResult.get()
    }
}

/// Asks a request when the one before is answered; only on its loop, which it is alive on until the last answer.
private final class GroupCaller: AnswerSink {
    private let lane: DecisionLane
    private let loop: any EventLoop
    private let descriptors: [(key: String, value: Int64)]
    private let promise: EventLoopPromise<[GroupVerdicts]>
    private var left = 0
    private var answers: [GroupVerdicts] = []
    private var current = GroupVerdicts()

    init(
        _ lane: DecisionLane,
        _ loop: any EventLoop,
        _ descriptors: [(key: String, value: Int64)],
        _ promise: EventLoopPromise<[GroupVerdicts]>
    ) {
        self.lane = lane
        self.loop = loop
        self.descriptors = descriptors
        self.promise = promise
    }

    func ask(_ times: Int) {
        guard times > 0 else { return promise.succeed(answers) }
        left = times - 1
        current = GroupVerdicts()
        do throws(InvalidField) {
            for (key, hits) in descriptors {
                lane.questions.begin()
                let name = key == "all" ? "all" : "key"
                try lane.questions.addAttribute(key: name.utf8.span, value: "x".utf8.span)
                try lane.questions.addAttribute(key: "descriptor".utf8.span, value: name.utf8.span)
                lane.questions.setHits(hits)
                _ = lane.questions.endDescriptor()
            }
        } catch {
            return promise.fail(error)
        }
        lane.askTogether(self, count: descriptors.count, timeLeft: 60_000_000)
        lane.flush()
    }

    func answer(_ ticket: UInt64, _ response: CheckResponse) {
        if response.degraded { Issue.record("decided without the store") }
        if descriptors[Int(ticket)].key == "all" {
            current.all = response.verdict
        } else {
            current.key = response.verdict
        }
    }

    func fail(_ ticket: UInt64, _ failure: CallFailure) { promise.fail(failure) }

    func flushAnswers() {
        answers.append(current)
        loop.assumeIsolated().execute { self.ask(self.left) }
    }
}
