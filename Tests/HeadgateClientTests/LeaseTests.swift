import FakeDaemon
import LimitCore
import NIOCore
import Synchronization
import Testing
import WireProtocol

@testable import HeadgateClient

/// Leases against a daemon that notes what it is told.
@Suite(.timeLimit(.minutes(1)))
struct LeaseTests {
    /// A daemon that grants leases of 300 ms, and what it saw.
    private final class Landlord: Sendable {
        private let settlements = Mutex<[SettleRequest]>([])
        private let renewals = Mutex<[RenewRequest]>([])
        private let granted = Atomic<UInt64>(0)
        let stops = Atomic<Bool>(false)
        let isDeaf = Atomic<Bool>(false)

        var settled: [SettleRequest] { settlements.withLock { $0 } }
        var renewed: [RenewRequest] { renewals.withLock { $0 } }

        func start(leaseMilliseconds: UInt64 = 300) async throws -> FakeDaemon {
            try await FakeDaemon { [self] frame, payload, peer in
                let decoder = MessageDecoder()
                switch FrameKind(rawValue: frame.kind) {
                case .check:
                    var response = CheckResponse(verdict: .allowed)
                    let number = granted.wrappingAdd(1, ordering: .relaxed).newValue
                    response.lease = withUnsafeBytes(of: number.bigEndian) { Array($0) }
                    response.leaseMilliseconds = leaseMilliseconds
                    peer.answer(frame.call, response)
                case .settle:
                    guard let request = try? decoder.decodeSettle(payload.span) else { return peer.close() }
                    settlements.withLock { $0.append(request) }
                    if isDeaf.load(ordering: .relaxed) {
                        peer.fail(.settle, frame.call, .unavailable, "the store is out")
                    } else {
                        peer.answer(frame.call, settled: true)
                    }
                case .renew:
                    guard let request = try? decoder.decodeRenew(payload.span) else { return peer.close() }
                    renewals.withLock { $0.append(request) }
                    let stop = stops.load(ordering: .relaxed)
                    let items = request.leases.map {
                        RenewResponse.Item(alive: true, stop: stop, lease: Array($0.lease.prefix(8)) + [1])
                    }
                    peer.answer(frame.call, RenewResponse(leases: items))
                default: peer.close()
                }
            }
        }
    }

    private struct Broken: Error {}

    @Test func `a lease is settled by what was used and cancelled where nothing was`() async throws {
        let landlord = Landlord()
        let daemon = try await landlord.start()
        try await withClient(daemon.address) { client in
            let answer = try await client.withLease(client: "alice", route: "/a", usage: ["tokens": 900]) { lease in
                lease.used(tokens: 100)
                try lease.used(["images": 2])
                lease.used(tokens: 412)
                return lease.decision.leaseTime
            }
            #expect(answer == .milliseconds(300))
            try await client.withLease(client: "alice", route: "/a") { _ in }
            await #expect(throws: Broken.self) {
                try await client.withLease(client: "alice", route: "/a") { _ in throw Broken() }
            }
            await #expect(throws: Broken.self) {
                try await client.withLease(client: "alice", route: "/a") { lease in
                    lease.used(tokens: 1)
                    throw Broken()
                }
            }
        }
        let used = [UnitAmount(unit: "images", amount: 2), UnitAmount(unit: "tokens", amount: 412)]
        #expect(landlord.settled.map(\.usage) == [used, [], [], [UnitAmount(unit: "tokens", amount: 1)]])
        #expect(landlord.settled.map(\.cancel) == [false, false, true, false])
        await daemon.stop()
    }

    @Test func `leases that are due together are renewed together, 256 a message`() async throws {
        let landlord = Landlord()
        let daemon = try await landlord.start(leaseMilliseconds: 3000)
        try await withClient(daemon.address) { client in
            var leases: [Lease] = []
            for number in 0..<600 {
                leases.append(client.hold(try await client.check(client: "c\(number)", route: "/a")))
            }
            while landlord.renewed.reduce(0, { $0 + $1.leases.count }) < 600 { await Task.yield() }
            let sizes = landlord.renewed.map(\.leases.count)
            #expect(sizes.allSatisfy { $0 <= 256 } && sizes.contains(256), "\(sizes)")
            #expect(Set(landlord.renewed.flatMap(\.leases).map(\.lease)).count == 600)
            for lease in leases { #expect(await client.release(lease, failed: false) == .settled) }
        }
        await daemon.stop()
    }

    @Test func `a renewal tells the use, brings the newer token and the wish to stop`() async throws {
        let landlord = Landlord()
        let daemon = try await landlord.start()
        try await withClient(daemon.address) { client in
            try await client.withLease(client: "alice", route: "/a") { lease in
                lease.used(tokens: 7)
                while landlord.renewed.isEmpty { await Task.yield() }
                #expect(!lease.shouldStop)
                landlord.stops.store(true, ordering: .relaxed)
                while !lease.shouldStop { await Task.yield() }
                landlord.stops.store(false, ordering: .relaxed)
                let count = landlord.renewed.count
                while landlord.renewed.count < count + 2 { await Task.yield() }
                #expect(lease.isAlive && lease.shouldStop)
            }
        }
        #expect(landlord.renewed.first?.leases.first?.usage == [UnitAmount(unit: "tokens", amount: 7)])
        #expect(landlord.settled.first?.lease == [0, 0, 0, 0, 0, 0, 0, 1, 1])
        await daemon.stop()
    }

    @Test func `a settled lease is renewed no more`() async throws {
        let landlord = Landlord()
        let daemon = try await landlord.start(leaseMilliseconds: 60)
        try await withClient(daemon.address) { client in
            try await client.withLease(client: "short", route: "/a") { _ in }
            // Another one that is renewed three times shows that there was time for the first.
            try await client.withLease(client: "long", route: "/a") { _ in
                while landlord.renewed.count < 3 { await Task.yield() }
            }
        }
        #expect(landlord.renewed.flatMap(\.leases).allSatisfy { $0.lease.prefix(8).last == 2 })
        await daemon.stop()
    }

    @Test func `a settlement that no daemon takes is tried again until one does`() async throws {
        let landlord = Landlord()
        let daemon = try await landlord.start(leaseMilliseconds: 60_000)
        landlord.isDeaf.store(true, ordering: .relaxed)
        try await withClient(daemon.address) { client in
            let decision = try await client.check(client: "alice", route: "/a")
            #expect(try await client.settle(decision, usage: ["tokens": 3]) == .pending)
            while landlord.settled.count < 3 { await Task.yield() }
            landlord.isDeaf.store(false, ordering: .relaxed)
            let count = landlord.settled.count
            while landlord.settled.count == count { await Task.yield() }
            #expect(Set(landlord.settled.map(\.lease)).count == 1 && client.unsettledLeases == 0)
        }
        await daemon.stop()
    }

    @Test func `a settlement that no daemon takes in the lease's time is counted`() async throws {
        let landlord = Landlord()
        let daemon = try await landlord.start(leaseMilliseconds: 100)
        landlord.isDeaf.store(true, ordering: .relaxed)
        try await withClient(daemon.address) { client in
            try await client.withLease(client: "alice", route: "/a") { _ in }
            while client.unsettledLeases == 0 { await Task.yield() }
            #expect(client.unsettledLeases == 1)
        }
        await daemon.stop()
    }

    @Test func `a refusal is thrown before the body runs`() async throws {
        var response = CheckResponse(verdict: .limited)
        response.reason = .concurrency
        let daemon = try await FakeDaemon.answering(response)
        try await withClient(daemon.address) { client in
            let refusal = await #expect(throws: Refusal.self) {
                try await client.withLease(client: "alice", route: "/a") { _ in Issue.record("the body ran") }
            }
            #expect(refusal?.decision.reason == .concurrency)
            let refused = try await client.check(client: "alice", route: "/a")
            #expect(await client.cancel(refused) == .nothing)
        }
        await daemon.stop()
    }

    @Test func `without a daemon the body runs, holds nothing and throws nothing`() async throws {
        try await withClient("127.0.0.1:1") { client in
            let isDegraded = try await client.withLease(client: "alice", route: "/a") { lease in
                lease.used(tokens: .max)
                return lease.decision.degraded
            }
            #expect(isDegraded && client.unsettledLeases == 0)
        }
    }

    @Test(arguments: [["": 1], [String(repeating: "x", count: 65): 1], ["a\0b": 1]])
    func `a unit that is no name is refused where it is said`(_ usage: [String: UInt64]) async throws {
        var used = Usage()
        #expect(throws: HeadgateError.self) { try used.set(usage) }
        #expect(throws: HeadgateError.self) {
            try used.set(Dictionary(uniqueKeysWithValues: (0..<8).map { ("u\($0)", 1) }))
        }
        try used.set(Dictionary(uniqueKeysWithValues: (0..<7).map { ("u\($0)", 1) }))
        used.set(tokens: .max)
        #expect(used.units.count == 8 && used.units.last?.amount == 1)
        #expect(used.units.first == UnitAmount(unit: "tokens", amount: Amount.max))
    }

    @Test(arguments: [(2000, 655), (30_000, 9437), (600_000, 184_549), (0, 9), (Int64.max / 2_000_000, nil)])
    func `a lease is renewed in about a third of its time`(_ lease: Int64, _ expected: Int64?) {
        let time = Renewals.Interval(leaseTime: .milliseconds(lease)).time.nanoseconds
        if let expected { #expect(time / 1_000_000 == expected) }
        #expect(time > 0 && (lease == 0 || time <= lease * 1_000_000 / 3))
        #expect(lease == 0 || Double(time) > Double(lease) * 1e6 / 3 * 0.874)
    }

    @Test func `a report says what it was told, and nothing in an outage`() async throws {
        let seen = Mutex<ReportRequest?>(nil)
        let daemon = try await FakeDaemon { frame, payload, peer in
            let request = try? MessageDecoder().decodeReport(payload.span)
            let isFirst = seen.withLock { seen in
                defer { seen = request }
                return seen == nil
            }
            if isFirst {
                peer.answer(frame.call, ReportResponse(scale: 0.25, replicas: 3))
            } else {
                peer.fail(.report, frame.call, .unavailable, "not yet")
            }
        }
        try await withClient(daemon.address) { client in
            let report = try await client.report(pool: "llama", replica: "r1", state: .warming, load: 0.5)
            #expect(report == PoolReport(scale: 0.25, replicas: 3))
            let wanted = ReportRequest(
                replica: "r1",
                pool: "llama",
                state: .warming,
                load: 0.5,
                ttlMilliseconds: 10_000
            )
            #expect(seen.withLock { $0 } == wanted)
            #expect(try await client.report(pool: "llama", replica: "r1", state: .ready) == nil)
            await #expect(throws: HeadgateError.self) {
                try await client.report(pool: "llama", replica: "r1", state: .ready, load: .nan)
            }
        }
        await daemon.stop()
    }
}
