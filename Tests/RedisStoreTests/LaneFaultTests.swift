import LimitCore
import RedisStore
import Testing

/// What a lane promises while its server misbehaves: every check answered within its budget, and back by itself.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct LaneFaultTests {
    static let limit = Limit(.tokenBucket, count: 1_000_000, window: 1_000_000)

    /// The longest any check may take in these tests, in us.
    static let patience: Microseconds = 100_000

    private func run(_ break: (RedisServer, TestConnection) throws -> Void, heal: (RedisServer) throws -> Void)
        async throws
    {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            #expect(await daemon.decide([.one(1, Self.limit)]).results == [.admitted])
            try `break`(server, redis)
            var worst: Microseconds = 0
            var unknown = 0
            for client in 0..<200 {
                let verdicts = await daemon.decide([.one(client, Self.limit)])
                worst = max(worst, verdicts.took)
                if verdicts.results == [.unknown] { unknown += 1 }
            }
            #expect(worst < Self.patience)
            #expect(unknown > 190)
            #expect(daemon.store.health.snapshot.state == .unavailable)
            try heal(server)
            try await eventually(within: 5, "the store is back") {
                await daemon.decide([.one(1, Self.limit)]).results == [.admitted]
            }
            try await eventually(within: 1, "told once") { daemon.events.all.contains(.available) }
            #expect(daemon.events.all.count { $0 == .unavailable } == 1)
            #expect(daemon.events.all.count { $0 == .available } == 1)
        }
    }

    @Test func `a server that was killed and restarted`() async throws {
        try await run { server, _ in
            server.stop()
        } heal: {
            try $0.restart()
        }
    }

    @Test func `a server that stands still`() async throws {
        try await run { server, _ in
            server.freeze()
        } heal: {
            $0.thaw()
        }
    }

    @Test func `a server that became a replica`() async throws {
        try await run { server, redis in
            try redis.command("REPLICAOF", "127.0.0.1", "1")
        } heal: {
            try $0.connect().command("REPLICAOF", "NO", "ONE")
        }
    }

    @Test func `a server whose memory is full`() async throws {
        try await run { _, redis in
            try redis.command("CONFIG", "SET", "maxmemory", "1")
        } heal: {
            try $0.connect().command("CONFIG", "SET", "maxmemory", "0")
        }
    }

    @Test func `a flushed script cache costs nobody an answer`() async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 5_000_000 }) { daemon in
            for round in 0..<20 {
                try redis.command("SCRIPT", "FLUSH")
                let asks = (0..<300).map { Model.Ask.one($0 + round, Self.limit) }
                #expect(await daemon.decide(asks).results.allSatisfy { $0 == .admitted })
            }
            #expect(!daemon.events.all.contains(.unavailable))
        }
    }

    @Test func `a server that is busy is left and found again`() async throws {
        let server = try RedisServer(["--busy-reply-threshold", "100"])
        let redis = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            #expect(await daemon.decide([.one(1, Self.limit)]).results == [.admitted])
            try redis.send(Array("*3\r\n$4\r\nEVAL\r\n$17\r\nwhile true do end\r\n$1\r\n0\r\n".utf8))
            for _ in 0..<200 { #expect(await daemon.decide([.one(1, Self.limit)]).took < Self.patience) }
            try await eventually("killed") {
                try server.connect().command("SCRIPT", "KILL") == .text("OK")
            }
            try await eventually(within: 5, "the store is back") {
                await daemon.decide([.one(1, Self.limit)]).results == [.admitted]
            }
        }
    }
}
