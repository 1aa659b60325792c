import LimitCore
import LimitStoreTesting
import Testing

@testable import RedisStore

/// Leases whose charges lie on several masters.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ClusterLeaseTests {
    static let hour: Microseconds = 3_600_000_000

    /// A client's calls, tokens and slots, and of the fleet tokens, calls in a log and slots, each in a slot of its own.
    private struct Limits {
        var client: [TestCharge]
        var fleet: [TestCharge]
        var all: [TestCharge] { client + fleet }

        init(_ client: String, tokens: Int64 = 100) {
            let day: Microseconds = 24 * ClusterLeaseTests.hour
            self.client = [
                TestCharge(CounterName("rpm", client: client), Limit(.fixedWindow, count: 60, window: day)),
                TestCharge(
                    CounterName("tpm", client: client),
                    Limit(.slidingWindow, count: 1_000, window: day),
                    cost: tokens
                ),
                TestCharge(CounterName("inflight", client: client), Limit(.concurrency, count: 3, window: 30_000_000)),
            ]
            fleet = [
                TestCharge(
                    CounterName("fleet-tpm", client: ""),
                    Limit(.fixedWindow, count: 5_000, window: day),
                    cost: tokens
                ),
                TestCharge(CounterName("fleet-log", client: ""), Limit(.slidingLog, count: 500, window: day)),
                TestCharge(
                    CounterName("fleet-burst", client: ""),
                    Limit(.tokenBucket, count: 50, window: 365 * day),
                    cost: 5
                ),
                TestCharge(CounterName("fleet-slots", client: ""), Limit(.concurrency, count: 4, window: 30_000_000)),
            ]
        }
    }

    private func withCluster(_ body: (TestDaemon, [RedisServer]) async throws -> Void) async throws {
        let servers = try await RedisCluster.start(replicas: 0)
        try await withDaemon(RedisCluster.url(servers), { $0.budget = 5_000_000 }) { daemon in
            try await eventually("the map is known") { await !daemon.remaining(Limits("nobody").all).contains(-1) }
            try await body(daemon, servers)
        }
        _ = servers
    }

    /// Waits until so much remains: what is given back elsewhere follows the answer.
    private func expect(_ limits: [TestCharge], _ remaining: [Int64], _ daemon: TestDaemon) async throws {
        var found: [Int64] = []
        do {
            try await eventually(within: 2, "") {
                found = await daemon.remaining(limits)
                return found == remaining
            }
        } catch {
            Issue.record("\(found) remain, not \(remaining)")
        }
    }

    @Test func `a lease over several masters is settled, renewed and cancelled on all of them`() async throws {
        try await withCluster { daemon, servers in
            var book = LeaseBook()
            let limits = Limits("ann")
            let full = await daemon.remaining(limits.all)
            #expect(full == [60, 1_000, 3, 5_000, 500, 50, 4])
            let opened = await daemon.open(limits.all, lease: 1, &book)
            #expect(opened.result == .admitted)
            #expect(opened.grant?.amounts == [0: 1, 1: 100, 2: 1, 3: 100, 4: 1, 5: 5, 6: 1])
            let used = try servers.filter { try $0.connect().command("DBSIZE") != .integer(0) }
            #expect(used.count > 1, "all counters lie on one master: the test shows nothing")
            try await expect(limits.all, [59, 900, 2, 4_900, 499, 45, 3], daemon)

            let more = [limits.client[1].counter: Int64(150), limits.fleet[0].counter: Int64(150)]
            let renewed = try await daemon.settle(TestOperation(1, ends: false, more, time: 60_000_000), &book)
            guard case .done(_, false) = renewed else { throw TestFailure("\(renewed)") }
            try await expect(limits.all, [59, 850, 2, 4_850, 499, 45, 3], daemon)

            let less = [limits.client[1].counter: Int64(30), limits.fleet[0].counter: Int64(30)]
            let settle = TestOperation(1, ends: true, less)
            #expect(try await daemon.settle(settle, &book) == .done(expiry: 0, isInDebt: false))
            // What the renewal added stays; of the first 100 there are 70 too many.
            try await expect(limits.all, [59, 920, 3, 4_920, 499, 45, 4], daemon)
            #expect(try await daemon.settle(settle, &book) == .gone)
            try await expect(limits.all, [59, 920, 3, 4_920, 499, 45, 4], daemon)

            #expect(await daemon.open(limits.all, lease: 2, &book).result == .admitted)
            let rates = limits.all.filter { $0.limit.algorithm != .concurrency }
            let nothing = Dictionary(uniqueKeysWithValues: rates.map { ($0.counter, Int64(0)) })
            #expect(
                try await daemon.settle(TestOperation(2, ends: true, nothing), &book)
                    == .done(expiry: 0, isInDebt: false)
            )
            try await expect(limits.all, [59, 920, 3, 4_920, 499, 45, 4], daemon)
            #expect(daemon.store.health.snapshot.lostGiveBacks == 0)
        }
    }

    @Test func `where one master refuses, all others are as before`() async throws {
        try await withCluster { daemon, _ in
            var book = LeaseBook()
            for lease in 1...4 as ClosedRange<UInt64> {
                #expect(await daemon.open(Limits("client-\(lease)").all, lease: lease, &book).result == .admitted)
            }
            // The fleet's slots are taken.
            let limits = Limits("late")
            let before = await daemon.remaining(limits.all)
            for lease in 10..<30 as Range<UInt64> {
                let refused = await daemon.open(limits.all, lease: lease, &book)
                #expect(refused.result == .refused && refused.grant == nil)
                #expect(refused.outcomes.map(\.limited) == [false, false, false, false, false, false, true])
            }
            try await expect(limits.all, before, daemon)
            #expect(daemon.store.health.snapshot.givenBack > 0)
            #expect(daemon.store.health.snapshot.lostGiveBacks == 0)
            let settled = try await daemon.settle(TestOperation(1, ends: true), &book)
            #expect(settled == .done(expiry: 0, isInDebt: false))
            try await eventually("the slot is free") {
                await daemon.open(limits.all, lease: 30, &book).result == .admitted
            }
        }
    }

    @Test func `a lease that lost its slot on one master is not renewed`() async throws {
        try await withCluster { daemon, _ in
            var book = LeaseBook()
            var limits = Limits("ann")
            limits.fleet[3].limit.window = 50_000
            #expect(await daemon.open(limits.all, lease: 1, &book).result == .admitted)
            try await eventually("the slot has run out") { await daemon.remaining([limits.fleet[3]]) == [4] }
            #expect(try await daemon.settle(TestOperation(1, ends: false, time: 60_000_000), &book) == .gone)
        }
    }
}
