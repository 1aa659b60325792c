import LimitCore
import RedisStore
import Testing

/// What a lane promises under load while its server misbehaves.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct LoadFaultTests {
    static let limit = Limit(.tokenBucket, count: 1_000_000, window: 1_000_000)

    enum Fault: CaseIterable {
        case killed, frozen

        func begin(_ server: RedisServer) { self == .killed ? server.stop() : server.freeze() }
        func end(_ server: RedisServer) throws { if self == .killed { try server.restart() } else { server.thaw() } }
    }

    @Test(arguments: Fault.allCases)
    func `the former rate is back within five seconds`(fault: Fault) async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            let load = try await SteadyLoad(on: daemon, Self.limit)
            try await eventually("the store answers everything") { try await load.share() == 1 }
            fault.begin(server)
            try await eventually("the store is out") { try await load.share() == 0 }
            try fault.end(server)
            try await eventually(within: 5, "99% of the former rate") { try await load.share() ?? 0 >= 0.99 }
            let end = try await load.stop()
            #expect(end.answered == end.asked)
            #expect(end.worst < LaneFaultTests.patience)
        }
    }

    @Test func `replies that take a fifth of the budget are waited for`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        let proxy = try await SlowProxy(to: server.port)
        try await withDaemon("redis://127.0.0.1:\(proxy.port)") { daemon in
            proxy.delay(5_000)
            let load = try await SteadyLoad(on: daemon, Self.limit)
            try await eventually("the store answers everything") { try await load.share() == 1 }
            let end = try await load.stop()
            #expect(end.answered == end.asked)
            #expect(end.worst < LaneFaultTests.patience)
        }
        await proxy.stop()
    }

    @Test func `replies that take twice the budget are not, and the store is back when they are fast again`()
        async throws
    {
        let server = try RedisServer()
        _ = try server.connect()
        let proxy = try await SlowProxy(to: server.port)
        try await withDaemon("redis://127.0.0.1:\(proxy.port)") { daemon in
            let load = try await SteadyLoad(on: daemon, Self.limit)
            try await eventually("the store answers everything") { try await load.share() == 1 }
            proxy.delay(50_000)
            try await eventually("the store is out") { try await load.share() == 0 }
            proxy.delay(0)
            try await eventually(within: 5, "99% of the former rate") { try await load.share() ?? 0 >= 0.99 }
            let end = try await load.stop()
            #expect(end.answered == end.asked)
            #expect(end.worst < LaneFaultTests.patience)
        }
        await proxy.stop()
    }
}
