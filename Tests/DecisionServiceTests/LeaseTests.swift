import DecisionService
import LimitCore
import LimitStore
import LimitStoreTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A lease` {
    private static let policy = """
        routes:
          - name: chat
            route: /chat
            limits:
              - { name: inflight, concurrency: 3, lease: 2s }
              - { name: tpm, rate: 1000 tokens per minute }
              - 100 per minute
          - name: plain
            route: /plain
            limits: [ 100 per minute ]
        """

    private let fixture: LaneFixture

    init() throws { fixture = try LaneFixture(Self.policy) }

    private func ask(_ tokens: UInt64, peek: Bool = false) throws -> CheckResponse {
        try fixture.check("ann", "/chat") {
            $0.usage = ["tokens": tokens]
            $0.peek = peek
            $0.allLimits = true
        }
    }

    private func settle(_ lease: [UInt8], tokens: Int64? = nil, cancel: Bool = false) throws -> Bool {
        var result: Result<SettleResponse, CallFailure>?
        let usage = tokens.map { [UnitAmount(unit: "tokens", amount: $0)] } ?? []
        fixture.lane.settle(SettleRequest(lease: lease, usage: usage, cancel: cancel)) { result = $0 }
        fixture.lane.flush()
        return try #require(result).get().settled
    }

    private func renew(_ leases: [[UInt8]], tokens: Int64? = nil) throws -> [RenewResponse.Item] {
        var result: Result<RenewResponse, CallFailure>?
        let usage = tokens.map { [UnitAmount(unit: "tokens", amount: $0)] } ?? []
        let items = leases.map { RenewRequest.Item(lease: $0, usage: usage) }
        fixture.lane.renew(RenewRequest(leases: items)) { result = $0 }
        fixture.lane.flush()
        return try #require(result).get().leases
    }

    private func remaining(_ limit: String) throws -> UInt64? {
        try ask(0, peek: true).limits.first { $0.name == "chat/\(limit)" }?.remaining
    }

    @Test func `comes with slots and units other than requests, and with nothing else`() throws {
        let held = try ask(10)
        #expect(!held.lease.isEmpty)
        #expect(held.leaseMilliseconds == 2000)
        #expect(try ask(10, peek: true).lease.isEmpty)
        #expect(try fixture.check("ann", "/plain").lease.isEmpty)
        #expect(try fixture.check("ann", "/plain") { $0.limits = [.init(rate: "5 x/s")] }.leaseMilliseconds == 600_000)
        #expect(try ask(5000).lease.isEmpty)
    }

    @Test func `frees its slot when it is settled, cancelled or runs out, and not before`() throws {
        let leases = try (0..<3).map { _ in try ask(1).lease }
        let fourth = try ask(1)
        #expect((fourth.verdict, fourth.reason) == (.limited, .concurrency))
        #expect(try settle(leases[0]))
        #expect(try settle(leases[1], cancel: true))
        #expect(try remaining("inflight") == 2)
        fixture.clock.advance(1_999_999)
        #expect(try remaining("inflight") == 2)
        fixture.clock.advance(1)
        #expect(try remaining("inflight") == 3)
        #expect(try !settle(leases[2]))
    }

    @Test func `gives back what was not used, and charges what was used beyond it`() throws {
        let first = try ask(900)
        #expect(try remaining("tpm") == 100)
        #expect(try settle(first.lease, tokens: 412))
        #expect(try remaining("tpm") == 588)
        let second = try ask(500)
        #expect(try settle(second.lease, tokens: 1200))
        #expect(try remaining("tpm") == 0)
        #expect(try ask(1).reason == .rate)
        fixture.clock.advance(200_000_000)
        #expect(try remaining("tpm") == 1000)
    }

    @Test func `keeps the request when it is settled and gives it back when it is cancelled`() throws {
        #expect(try settle(try ask(1).lease, tokens: 1))
        #expect(try remaining("requests-per-1minute") == 99)
        #expect(try settle(try ask(1).lease, cancel: true))
        #expect(try remaining("requests-per-1minute") == 99)
        #expect(try remaining("tpm") == 999)
    }

    @Test func `is settled once`() throws {
        let lease = try ask(900).lease
        #expect(try settle(lease, tokens: 100))
        #expect(try !settle(lease, tokens: 0))
        #expect(try !settle(lease, cancel: true))
        #expect(try renew([lease]).map(\.alive) == [false])
        #expect(try remaining("tpm") == 900)
    }

    @Test func `is kept by renewing it, which may report usage so far`() throws {
        var lease = try ask(900).lease
        for _ in 0..<5 {
            fixture.clock.advance(1_500_000)
            let item = try renew([lease], tokens: 950)[0]
            #expect((item.alive, item.stop) == (true, false))
            lease = item.lease
        }
        #expect(try remaining("inflight") == 2)
        #expect(try remaining("tpm") == 50)
        let over = try renew([lease, lease], tokens: 1001)
        #expect(over.map(\.alive) == [true, true])
        #expect(over[0].stop)
        #expect(try settle(over[0].lease, tokens: 1001))
        #expect(try remaining("inflight") == 3)
    }

    @Test func `that was forged, altered or granted elsewhere changes nothing and says so`() throws {
        let lease = try ask(900).lease
        var altered = lease
        altered[12] ^= 1
        let other = try LaneFixture(Self.policy)
        let foreign = try other.check("ann", "/chat") { $0.usage = ["tokens": 900] }.lease
        for token in [altered, foreign, [], [1, 2, 3]] {
            #expect(throws: CallFailure.self) { try settle(token, tokens: 0) }
            #expect(try renew([token, lease]).map(\.alive) == [false, true])
        }
        #expect(try remaining("tpm") == 100)
        #expect(fixture.lane.tally.leases.refused == 8)
    }

    @Test func `of which the store does not answer is unavailable, not settled`() throws {
        let late = try LaneFixture(Self.policy) { clock in SilentStore(MemoryStore(clock: { clock.now })) }
        let lease = try late.check("ann", "/chat").lease
        var result: Result<SettleResponse, CallFailure>?
        late.lane.settle(SettleRequest(lease: lease)) { result = $0 }
        late.lane.flush()
        #expect(result == .failure(.unavailable("the store does not answer")))
    }
}

/// A store that decides checks and has no answer for leases.
private final class SilentStore: LimitStore {
    private let inner: MemoryStore

    init(_ inner: MemoryStore) { self.inner = inner }

    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) { inner.decide(batch, reply: reply) }

    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        for index in batch.results.indices { batch.results[index] = .unknown }
        reply(batch)
    }
}
