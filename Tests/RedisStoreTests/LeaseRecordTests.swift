import LimitCore
import LimitStoreTesting
import Testing

@testable import RedisStore

/// What leases leave in Redis, and what becomes of them when Redis forgets or is out.
@Suite(.timeLimit(.minutes(2)))
struct LeaseRecordTests {
    static let hour: Microseconds = 3_600_000_000
    static let tokens = TestCharge(CounterName("tokens"), Limit(.fixedWindow, count: 1_000, window: hour), cost: 100)
    static let slot = TestCharge(CounterName("slots"), Limit(.concurrency, count: 4, window: 30_000_000))

    @Test func `a lease has a record from its first renewal until a second after the last token`() async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            var book = LeaseBook()
            let opened = await daemon.open([Self.tokens, Self.slot], lease: 0xab, &book, time: 20_000_000)
            #expect(opened.result == .admitted && opened.grant != nil)
            #expect(try records(redis).isEmpty)
            let renew = TestOperation(0xab, ends: false, time: 20_000_000)
            guard case .done(_, false) = try await daemon.settle(renew, &book) else { throw TestFailure("not renewed") }
            let record = try #require(try records(redis).first)
            #expect(record.hasPrefix("hg:{") && record.hasSuffix("}:lease:00000000000000ab"))
            #expect(try (20_000...21_100).contains(lifetime(record, redis)))
            let settle = TestOperation(0xab, ends: true, [Self.tokens.counter: 0], time: 5_000_000)
            guard case .done = try await daemon.settle(settle, &book) else { throw TestFailure("not settled") }
            // The token of the renewal would live for 20 s more.
            #expect(try (19_000...21_100).contains(lifetime(record, redis)))
            #expect(try await daemon.settle(settle, &book) == .gone)
            #expect(try redis.ask(["KEYS", "*"]).nodes.count == 2, "nothing but the record is left")
        }
    }

    @Test func `the script may be thrown away at any time`() async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            var book = LeaseBook()
            for lease in 1...20 as ClosedRange<UInt64> {
                if lease % 2 == 0 { try redis.command("SCRIPT", "FLUSH") }
                #expect(await daemon.open([Self.tokens, Self.slot], lease: lease, &book).result == .admitted)
                if lease % 3 == 0 { try redis.command("SCRIPT", "FLUSH") }
                let settle = TestOperation(lease, ends: true, [Self.tokens.counter: 10])
                #expect(try await daemon.settle(settle, &book) == .done(expiry: 0, isInDebt: false))
            }
            #expect(await daemon.remaining([Self.tokens, Self.slot]) == [800, 4])
        }
    }

    @Test func `what a settlement adds past the limit is told`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            var book = LeaseBook()
            _ = await daemon.open([Self.tokens], lease: 1, &book)
            let renew = TestOperation(1, ends: false, [Self.tokens.counter: 1_001], time: 20_000_000)
            guard case .done(_, true) = try await daemon.settle(renew, &book) else { throw TestFailure("no debt") }
            #expect(await daemon.ask([TestCheck(Self.tokens, peek: true)])[0].result == .refused)
        }
    }

    @Test func `an estimate of nothing on a bucket that no lease was about is charged what was used`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            var bucket = TestCharge(
                CounterName("bucket"),
                Limit(.tokenBucket, count: 100, window: 24 * Self.hour),
                cost: 5
            )
            #expect(await daemon.ask([TestCheck(bucket)])[0].result == .admitted)
            bucket.cost = 0
            var book = LeaseBook()
            #expect(await daemon.open([bucket], lease: 1, &book).result == .admitted)
            let settle = TestOperation(1, ends: true, [bucket.counter: 30])
            let settled = try await daemon.settle(settle, &book)
            #expect(settled == .done(expiry: 0, isInDebt: false))
            #expect(await daemon.remaining([bucket]) == [65])
        }
    }

    @Test func `with the store out a settlement is unknown at once`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            var book = LeaseBook()
            _ = await daemon.open([Self.tokens], lease: 1, &book)
            server.stop()
            let settle = TestOperation(1, ends: true, [Self.tokens.counter: 10])
            for _ in 0..<10 {
                let start = TestDaemon.now()
                let result = try await daemon.settle(settle, &book)
                #expect(result == .unknown)
                #expect(TestDaemon.now() - start < 100_000)
            }
        }
    }

    private func records(_ redis: TestConnection) throws -> [String] {
        let keys = try redis.ask(["KEYS", "*:lease:*"])
        return (1..<keys.nodes.count).compactMap { keys.text($0) }
    }

    private func lifetime(_ key: String, _ redis: TestConnection) throws -> Int64 {
        guard case .integer(let left) = try redis.command("PTTL", key) else { return -2 }
        return left
    }
}
