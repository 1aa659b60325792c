import LimitCore
import LimitStoreTesting
import RedisStore
import Testing

/// How a server is reached: TLS, a unix socket, a user, a database.
@Suite(.timeLimit(.minutes(2)))
struct ConnectionTests {
    static let limit = Limit(.tokenBucket, count: 100, window: 60_000_000)

    /// The least a daemon's user may be allowed; deploy/redis/README.md says the same.
    static let minimum = """
        resetkeys ~hg:* resetchannels -@all +evalsha +script|load +get +mget +set +setrange +del +time +ping +info +auth +select \
        +role +cluster|slots
        """

    private func admits(_ url: String, _ change: (inout RedisSettings) -> Void = { _ in }) async throws {
        try await withDaemon(
            url,
            {
                $0.budget = 5_000_000
                change(&$0)
            }
        ) { daemon in
            #expect(await daemon.decide([.one(1, Self.limit), .one(2, Self.limit)]).results == [.admitted, .admitted])
        }
    }

    /// Leases on whatever there is: one that runs out, and one that is kept and settled.
    private func endLease(_ daemon: TestDaemon) async throws {
        let charges = Algorithm.allCases.map { algorithm in
            TestCharge(CounterName(algorithm.name), Limit(algorithm, count: 9, window: 3_600_000_000))
        }
        var book = LeaseBook()
        #expect(await daemon.open(charges, lease: 1, &book, time: 1).result == .admitted)
        let late = try await daemon.settle(TestOperation(1, ends: false, time: 1_000_000), &book)
        #expect(late == .gone)
        #expect(await daemon.open(charges, lease: 2, &book).result == .admitted)
        let renewed = try await daemon.settle(TestOperation(2, ends: false, time: 1_000_000), &book)
        guard case .done = renewed else { throw TestFailure("\(renewed)") }
        let ended = try await daemon.settle(TestOperation(2, ends: true), &book)
        #expect(ended == .done(expiry: 0, isInDebt: false))
    }

    @Test func `over a unix socket and in a database`() async throws {
        let server = try RedisServer(hasSocket: true)
        let redis = try server.connect()
        try await admits("redis+unix://\(server.socket)?db=3")
        try redis.command("SELECT", "3")
        #expect(try redis.command("DBSIZE") == .integer(2))
        try await admits("redis://127.0.0.1:\(server.port)/4")
        try redis.command("SELECT", "4")
        #expect(try redis.command("DBSIZE") == .integer(2))
    }

    @Test func `with the least a user may be allowed`() async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        let rules = Self.minimum.split(separator: " ").map(String.init)
        let made = try redis.ask(["ACL", "SETUSER", "headgate", "on", ">se@cret"] + rules)
        #expect(made.text(0) == "OK")
        try redis.command("CONFIG", "SET", "requirepass", "other")
        let url = "redis://headgate:se%40cret@127.0.0.1:\(server.port)"
        try await admits(url)
        try await withDaemon(url, { $0.budget = 5_000_000 }) { try await endLease($0) }
        for command in [
            ["FLUSHALL"], ["EVAL", "return 1", "0"], ["CONFIG", "GET", "*"], ["GET", "other"], ["KEYS", "*"],
        ] {
            let user = try TestConnection(port: server.port)
            try user.command("AUTH", "headgate", "se@cret")
            #expect(try user.ask(command).errorText?.hasPrefix("NOPERM") == true, "\(command)")
        }
    }

    @Test func `a password alone`() async throws {
        let server = try RedisServer(["--requirepass", "hunter2"])
        try await admits("redis://:hunter2@127.0.0.1:\(server.port)")
    }

    @Test(arguments: ["redis://:wrong@127.0.0.1", "redis://nobody:wrong@127.0.0.1"])
    func `a wrong password is an error of the start that does not show it`(url: String) async throws {
        let server = try RedisServer(["--requirepass", "hunter2"])
        _ = try server.connect()
        let error = await #expect(throws: StoreError.self) {
            try await withDaemon(url + ":\(server.port)") { _ in }
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("wrong") == false)
    }

    @Test func `over TLS, with and without a certificate of its own`() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let port = try RedisServer.freePort()
        let plain = try RedisServer.freePort()
        let server = try RedisServer(
            [
                "--port", "\(plain)", "--tls-port", "\(port)", "--bind", "127.0.0.1", "--save", "",
                "--tls-cert-file", certificates.serverCertificate, "--tls-key-file", certificates.serverKey,
                "--tls-ca-cert-file", certificates.authority, "--tls-auth-clients", "yes",
            ],
            port: plain
        )
        let redis = try server.connect()
        try await admits("rediss://127.0.0.1:\(port)") {
            $0.authorityFile = certificates.authority
            $0.certificateFile = certificates.clientCertificate
            $0.keyFile = certificates.clientKey
        }
        try redis.command("CONFIG", "SET", "tls-auth-clients", "no")
        try await admits("rediss://localhost:\(port)") { $0.authorityFile = certificates.authority }
        let stranger = try await TestDaemon("rediss://127.0.0.1:\(port)", ready: false)
        try await eventually("a certificate nobody vouches for is refused") {
            stranger.events.all.contains { if case .lost = $0 { true } else { false } }
        }
        #expect(await stranger.decide([.one(1, Self.limit)]).results == [.unknown])
        await stranger.stop()
    }

    @Test func `an evicting server is warned of`() async throws {
        let server = try RedisServer(["--maxmemory-policy", "allkeys-lru"])
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            let warnings = daemon.events.all.filter { if case .warning = $0 { true } else { false } }
            #expect(warnings == [.warning("Redis may evict counters: maxmemory-policy is allkeys-lru, not noeviction")])
        }
    }

    @Test func `an old server is refused in one line`() async throws {
        let server = try await FakeServer(version: "6.2.14") { _ in nil }
        let error = await #expect(throws: StoreError.self) {
            try await withDaemon("redis://127.0.0.1:\(server.port)") { _ in }
        }
        #expect(error == StoreError(.tooOld, "the server is Redis 6.2.14; Headgate needs Redis 7 or Valkey"))
        await server.stop()
    }
}
