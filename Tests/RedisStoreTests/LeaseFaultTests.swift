import LimitCore
import LimitStoreTesting
import Synchronization
import Testing

@testable import RedisStore

/// Leases settled while Redis is stopped, killed and started again.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct LeaseFaultTests {
    static let hour: Microseconds = 3_600_000_000
    static let estimate: Int64 = 100
    static let used: Int64 = 40
    static let charges =
        [Algorithm.fixedWindow, .slidingWindow, .slidingLog].map {
            TestCharge(CounterName($0.name), Limit($0, count: 1_000_000, window: 24 * hour), cost: estimate)
        } + [TestCharge(CounterName("slots"), Limit(.concurrency, count: 1_000, window: hour))]
    static let leases: UInt64 = 300

    enum Fault: CaseIterable { case frozen, killed }

    @Test(arguments: Fault.allCases)
    func `whatever becomes of the replies, a lease that is settled until it is known is settled once`(
        fault: Fault
    ) async throws {
        // What was acknowledged is on disk, so that a killed server forgets nothing.
        let server = try RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
        _ = try server.connect()
        let url = "redis://127.0.0.1:\(server.port)"
        try await withDaemon(url) { one in
            try await withDaemon(url) { two in
                var book = LeaseBook()
                for lease in 1...Self.leases {
                    var opened = CheckResult.unknown
                    while opened == .unknown { opened = await one.open(Self.charges, lease: lease, &book).result }
                    #expect(opened == .admitted)
                }
                let before = try await known { await one.remaining(Self.charges) }
                let isOver = Atomic(false)
                let chaos = Task { try await Self.disturb(server, fault) { isOver.load(ordering: .relaxed) } }
                let unknown = await settle(book, through: [one, two])
                isOver.store(true, ordering: .relaxed)
                try await chaos.value
                #expect(unknown > 0, "no outcome was unknown: the test shows nothing")
                let after = try await known { await two.remaining(Self.charges) }
                let back = Int64(Self.leases) * (Self.estimate - Self.used)
                // A check whose reply was lost may have been charged though its lease was opened once more.
                #expect(zip(before, after).prefix(3).allSatisfy { $1 - $0 == back }, "\(before) \(after)")
                #expect(after[3] >= before[3] + Int64(Self.leases))
            }
        }
    }

    /// Settles every lease over and over until what became of it is known; returns how often it was not.
    private func settle(_ book: LeaseBook, through daemons: [TestDaemon]) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for worker in 0..<4 as Range<UInt64> {
                group.addTask {
                    var unknown = 0
                    for lease in 1...Self.leases where lease % 4 == worker {
                        let targets = Dictionary(
                            uniqueKeysWithValues: Self.charges.prefix(3).map { ($0.counter, Self.used) }
                        )
                        guard let operation = book.operation(TestOperation(lease, ends: true, targets)) else {
                            continue
                        }
                        while await daemons[Int(worker) % 2].settle([operation]) == [.unknown] {
                            unknown += 1
                            try? await Task.sleep(nanoseconds: 3_000_000)
                        }
                    }
                    return unknown
                }
            }
            return await group.reduce(0, +)
        }
    }

    private static func disturb(_ server: RedisServer, _ fault: Fault, until isOver: () -> Bool) async throws {
        while !isOver() {
            switch fault {
            case .frozen:
                server.freeze()
                try await Task.sleep(nanoseconds: 40_000_000)
                server.thaw()
            case .killed:
                try server.restart()
                _ = try server.connect()
            }
            try await Task.sleep(nanoseconds: 30_000_000)
        }
    }

    /// Asks until there is an answer.
    private func known(_ body: () async -> [Int64]) async throws -> [Int64] {
        var found: [Int64] = [-1]
        try await eventually("the store answers") {
            found = await body()
            return !found.contains(-1)
        }
        return found
    }
}
