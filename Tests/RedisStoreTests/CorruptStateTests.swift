import LimitCore
import LimitStoreTesting
import Testing

@testable import RedisStore

/// A key that holds no state is no reason to admit anything, nor to write over it.
@Suite(.timeLimit(.minutes(2)))
struct CorruptStateTests {
    static let hour: Microseconds = 3_600_000_000
    static let limits = [
        Limit(.fixedWindow, count: 10, window: hour), Limit(.fixedWindow, count: 10, window: hour, calendar: .hour),
        Limit(.slidingWindow, count: 10, window: hour), Limit(.tokenBucket, count: 10, window: hour),
        Limit(.slidingLog, count: 10, window: hour), Limit(.concurrency, count: 10, window: hour),
    ]

    private static func bytes(_ values: Double...) -> [UInt8] {
        values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
    }

    static let states: [[UInt8]] = [
        [], [0], Array(repeating: 0, count: 7), Array(repeating: 255, count: 48),
        bytes(.nan, .nan, .nan, .nan, .nan, .nan),
        bytes(-1, -1, -1, -1, -1, -1, -1), bytes(1e300, 1e300, 1e300, 1e300, 1e300, 1e300, 1e300),
        bytes(.nan, .nan, .nan), bytes(.infinity, .infinity, .nan),
    ]

    @Test(arguments: limits, states.indices)
    func `a check on it is not known and changes nothing`(limit: Limit, index: Int) async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            let charge = TestCharge(CounterName("limit"), limit)
            let check = TestCheck(charge, lease: LeaseTerms(id: 1, time: 1_000_000))
            #expect(await daemon.ask([check])[0].result == .admitted)
            let key = try #require(try redis.ask(["KEYS", "*"]).text(1))
            let state = Self.states[index]
            try set(key, state, redis)
            #expect(await daemon.ask([check])[0].result == .unknown)
            #expect(try stored(key, redis) == state)
        }
    }

    @Test(arguments: [Array("H".utf8), Array("X".utf8), Array("H1234567".utf8), Array("H".utf8) + bytes(.nan, .nan)])
    func `a lease with a record that is none is neither settled nor renewed`(record: [UInt8]) async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            var book = LeaseBook()
            let charge = TestCharge(CounterName("tokens"), Self.limits[0], cost: 5)
            _ = await daemon.open([charge], lease: 1, &book)
            let renew = TestOperation(1, ends: false, time: 60_000_000)
            guard case .done = try await daemon.settle(renew, &book) else { throw TestFailure("not renewed") }
            let key = try #require(try redis.ask(["KEYS", "*:lease:*"]).text(1))
            try set(key, record, redis)
            for ends in [true, false] {
                let operation = TestOperation(1, ends: ends, [charge.counter: 0], time: 60_000_000)
                #expect(try await daemon.settle(operation, &book) == .unknown)
            }
            #expect(await daemon.remaining([charge]) == [5])
            #expect(try stored(key, redis) == record)
        }
    }

    private func set(_ key: String, _ value: [UInt8], _ redis: TestConnection) throws {
        let head = "*3\r\n$3\r\nSET\r\n$\(key.utf8.count)\r\n\(key)\r\n$\(value.count)\r\n"
        try redis.send(Array(head.utf8) + value + Array("\r\n".utf8))
        _ = try redis.reply()
    }

    private func stored(_ key: String, _ redis: TestConnection) throws -> [UInt8]? {
        let reply = try redis.ask(["GET", key])
        guard case .string(let range) = reply.nodes[0] else { return nil }
        return Array(reply.bytes[range])
    }
}
