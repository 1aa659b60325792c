import LimitCore
import LimitStoreTesting
import Testing

@testable import RedisStore

/// Charges that give back, beside others whose counters lie on other masters.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ClusterGiveBackTests {
    private static let day = Limit(.fixedWindow, count: 100, window: 86_400_000_000)

    private static func charge(_ name: String, _ cost: Int64 = 1) -> TestCharge {
        TestCharge(CounterName(name, client: ""), day, cost: cost)
    }

    private static let names = ["a", "b", "c", "d"]

    private func withSpentCounters(_ body: (TestDaemon) async throws -> Void) async throws {
        let servers = try await RedisCluster.start(replicas: 0)
        try await withDaemon(RedisCluster.url(servers), { $0.budget = 5_000_000 }) { daemon in
            let all = Self.names.map { Self.charge($0) }
            try await eventually("the map is known") { await !daemon.remaining(all).contains(-1) }
            #expect(await daemon.ask(Self.names.map { TestCheck(Self.charge($0, 50)) }).allSatisfy { $0.isAdmitted })
            let used = try servers.filter { try $0.connect().command("DBSIZE") != .integer(0) }
            #expect(used.count > 1, "all counters lie on one master: the test shows nothing")
            try await body(daemon)
            #expect(daemon.store.health.snapshot.lostGiveBacks == 0)
        }
        _ = servers
    }

    private func remaining(_ daemon: TestDaemon) async -> [Int64] {
        await daemon.remaining(Self.names.map { Self.charge($0) })
    }

    @Test func `they follow when all other charges were admitted`() async throws {
        try await withSpentCounters { daemon in
            let mixed = [Self.charge("a", 10), Self.charge("b", -20), Self.charge("c", 5), Self.charge("d", -70)]
            let answer = await daemon.ask([TestCheck(mixed)])[0]
            #expect(answer.isAdmitted && answer.outcomes.map(\.remaining) == [40, 70, 45, 100])
            #expect(await remaining(daemon) == [40, 70, 45, 100])
            // What gives back has no say in whether the others fit, on its own counter neither.
            let shared = [Self.charge("a", 40), Self.charge("a", -10), Self.charge("b", 70)]
            #expect(await daemon.ask([TestCheck(shared)])[0].isAdmitted)
            #expect(await remaining(daemon) == [10, 0, 45, 100])
            #expect(await daemon.ask([TestCheck([Self.charge("a", -1), Self.charge("b", -2)])])[0].isAdmitted)
            #expect(await remaining(daemon) == [11, 2, 45, 100])
        }
    }

    @Test func `they give nothing back where one is refused, or for a peek`() async throws {
        try await withSpentCounters { daemon in
            let refused = [Self.charge("a", 10), Self.charge("b", 51), Self.charge("c", -20), Self.charge("d", -20)]
            for _ in 1...2 {
                let answer = await daemon.ask([TestCheck(refused)])[0]
                #expect(answer.result == .refused && answer.outcomes.map(\.limited) == [false, true, false, false])
                #expect(answer.outcomes.map(\.remaining) == [50, 50, 50, 50])
            }
            let peek = TestCheck([Self.charge("a", 10), Self.charge("c", -20)], peek: true)
            #expect(await daemon.ask([peek])[0].isAdmitted)
            try await eventually("what was charged is given back") { await remaining(daemon) == [50, 50, 50, 50] }
        }
    }
}

extension Answer {
    fileprivate var isAdmitted: Bool { result == .admitted }
}
