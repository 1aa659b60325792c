import LimitCore
import RedisStore
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LaneTests {
    static let algorithms: [Algorithm] = [.fixedWindow, .slidingWindow, .tokenBucket]

    @Test(arguments: algorithms)
    func `two daemons admit exactly the limit`(algorithm: Algorithm) async throws {
        let server = try RedisServer()
        _ = try server.connect()
        let limit = Limit(algorithm, count: 500, window: 3_600_000_000)
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { one in
            try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { two in
                let admitted = await withTaskGroup(of: Int.self) { group in
                    for client in 0..<8 {
                        group.addTask {
                            var count = 0
                            for _ in 0..<100 {
                                let verdicts = await (client % 2 == 0 ? one : two).decide([.one(1, limit)])
                                #expect(verdicts.results != [.unknown])
                                if verdicts.results == [.admitted] { count += 1 }
                            }
                            return count
                        }
                    }
                    return await group.reduce(0, +)
                }
                #expect(admitted == 500)
            }
        }
    }

    @Test func `four clients of 300 each get exactly 700 together under a fleet limit of 700`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        let window: Microseconds = 3_600_000_000
        let own = Limit(.slidingWindow, count: 300, window: window)
        let fleet = Limit(.tokenBucket, count: 700, window: window * 24 * 300)
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { daemon in
            let admitted = await withTaskGroup(of: Int.self) { group in
                for client in [1, 2, 3, 5] {
                    group.addTask {
                        var count = 0
                        let ask = Model.Ask(charges: [(client, own, 1, false), (4, fleet, 1, false)], peek: false)
                        for _ in 0..<30 {
                            count += await daemon.decide([Model.Ask](repeating: ask, count: 12)).results.count {
                                $0 == .admitted
                            }
                        }
                        return count
                    }
                }
                return await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(admitted.reduce(0, +) == 700)
            #expect(admitted.allSatisfy { $0 <= 300 })
        }
    }

    @Test func `a batch is decided in order and an idle lane asks at once`() async throws {
        let server = try RedisServer()
        let limit = Limit(.slidingWindow, count: 3, window: 3_600_000_000)
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { daemon in
            let asks = (0..<5).map { _ in Model.Ask.one(1, limit) }
            let verdicts = await daemon.decide(asks)
            #expect(verdicts.results == [.admitted, .admitted, .admitted, .refused, .refused])
            #expect(verdicts.outcomes.map(\.remaining) == [2, 1, 0, 0, 0])
            #expect(daemon.store.health.snapshot.calls == 1)
            #expect(daemon.store.health.snapshot.state == .available)
        }
    }

    @Test func `a refusal is answered from memory and a peek is not`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        let limit = Limit(.tokenBucket, count: 1, window: 3_600_000_000)
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { daemon in
            _ = await daemon.decide([.one(1, limit)])
            let asked = await daemon.decide([.one(1, limit)])
            let remembered = await daemon.decide([.one(1, limit)])
            #expect(asked.results == [.refused] && remembered.results == [.refused])
            #expect(daemon.store.health.snapshot.calls == 2)
            #expect(remembered.outcomes[0].limited)
            _ = await daemon.decide([.one(1, limit, peek: true)])
            #expect(daemon.store.health.snapshot.calls == 3)
            _ = await daemon.decide([.one(1, limit, cost: 0)])
            #expect(daemon.store.health.snapshot.calls == 4)
        }
    }

    @Test func `a check whose time is up is not asked`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { daemon in
            let verdicts = await daemon.decide([.one(1, Limit(.fixedWindow, count: 1, window: 1_000_000))], within: 0)
            #expect(verdicts.results == [.unknown])
            #expect(daemon.store.health.snapshot.calls == 0)
        }
    }
}
