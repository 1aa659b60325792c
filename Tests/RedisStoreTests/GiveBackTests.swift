import Crypto
import LimitCore
import NIOCore
import Testing

@testable import RedisStore

/// What the script gives back: never what time has returned already, never more than was charged.
@Suite(.timeLimit(.minutes(2)))
struct GiveBackTests {
    static let window: Microseconds = 1_000
    static let fixed = Limit(.fixedWindow, count: 10, window: window)
    static let sliding = Limit(.slidingWindow, count: 10, window: window)
    static let bucket = Limit(.tokenBucket, count: 10, window: window)

    @Test(arguments: [fixed, sliding, bucket])
    func `what is given back at once was never charged`(limit: Limit) throws {
        let counter = try GivingCounter(limit)
        let kept = try #require(try counter.charge(3, at: 100))
        let back = try #require(try counter.charge(4, at: 110))
        try counter.giveBack(back, at: 120)
        #expect(try counter.spent(at: 120) == 3)
        #expect(kept.amount == 3 && back.amount == 4)
    }

    @Test(arguments: [fixed, sliding])
    func `a window of which all was given back is gone`(limit: Limit) throws {
        let counter = try GivingCounter(limit)
        let back = try #require(try counter.charge(3, at: 100))
        try counter.giveBack(back, at: 900)
        #expect(try counter.count() == 0)
        _ = try counter.charge(1, at: 1_050)
        #expect(try counter.spent(at: 2_049) == 1)
    }

    @Test func `a fixed window is not given what another was charged`() throws {
        let counter = try GivingCounter(Self.fixed)
        let old = try #require(try counter.charge(6, at: 100))
        _ = try counter.charge(2, at: 1_100)
        try counter.giveBack(old, at: 1_200)
        #expect(try counter.spent(at: 1_200) == 2)
    }

    @Test func `a sliding window gives back one window later from what is left of the charge, then nothing`() throws {
        let counter = try GivingCounter(Self.sliding)
        let old = try #require(try counter.charge(8, at: 100))
        _ = try counter.charge(2, at: 200)
        _ = try counter.charge(1, at: 1_600)
        #expect(try counter.spent(at: 1_600) == 6)
        try counter.giveBack(old, at: 1_600)
        #expect(try counter.spent(at: 1_600) == 2)
        let late = try #require(try counter.charge(1, at: 1_600))
        _ = try counter.charge(1, at: 3_700)
        try counter.giveBack(late, at: 3_700)
        #expect(try counter.spent(at: 3_700) == 1)
    }

    @Test func `a bucket gives back no more than the refill has left`() throws {
        let counter = try GivingCounter(Self.bucket)
        let old = try #require(try counter.charge(5, at: 0))
        _ = try counter.charge(5, at: 300)
        try counter.giveBack(old, at: 300)
        #expect(try counter.spent(at: 300) == 5)
    }

    @Test func `a bucket counts what others gave back since`() throws {
        let counter = try GivingCounter(Self.bucket)
        let first = try #require(try counter.charge(5, at: 0))
        let second = try #require(try counter.charge(5, at: 0))
        try counter.giveBack(first, at: 0)
        _ = try counter.charge(5, at: 500)
        try counter.giveBack(second, at: 500)
        #expect(try counter.spent(at: 500) == 5)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `whatever is given back, no stretch of time admits more than the bucket's mathematics`(seed: UInt64) throws {
        let counter = try GivingCounter(Self.bucket)
        var random = Seeded(seed)
        var now: Microseconds = 0
        var kept: [(at: Microseconds, cost: Int64)] = []
        var open: [(at: Microseconds, receipt: HeldCharge)] = []
        for _ in 0..<1_500 {
            now += random.pick([0, 0, 1, 30, 100, 250, 700, 1_200])
            if random.chance(40), !open.isEmpty {
                let (at, receipt) = open.remove(at: random.below(open.count))
                // Either it is kept after all, or it counts as never admitted.
                if random.chance(50) {
                    kept.append((at, receipt.amount))
                } else {
                    try counter.giveBack(receipt, at: now)
                }
            } else if let receipt = try counter.charge(Int64(1 + random.below(6)), at: now) {
                open.append((now, receipt))
            }
        }
        kept += open.map { ($0.at, $0.receipt.amount) }
        kept.sort { $0.at < $1.at }
        for start in kept.indices {
            var sum: Int64 = 0
            for one in kept[start...] {
                sum += one.cost
                let most = Self.bucket.capacity + (one.at - kept[start].at) * Self.bucket.count / Self.window + 1
                try #require(sum <= most, "seed \(seed): \(sum) between \(kept[start].at) and \(one.at)")
            }
        }
        #expect(kept.count > 300)
    }
}

/// One counter in a real server, asked as a part of a check would be.
private final class GivingCounter {
    private let server: RedisServer
    private let redis: TestConnection
    private let script: DrivenScript
    private let sha: String
    private let limit: Limit
    private var keys = CounterKeys(prefix: "hg", secret: SymmetricKey(data: [UInt8](repeating: 7, count: 32)))
    private static let start: Microseconds = 1_750_000_000_000_000

    init(_ limit: Limit) throws {
        self.limit = limit
        server = try RedisServer()
        redis = try server.connect()
        script = try DrivenScript()
        sha = try redis.ask(["SCRIPT", "LOAD", script.source]).text(0) ?? ""
    }

    /// Charges; nil where the limit refuses.
    func charge(_ cost: Int64, at now: Microseconds) throws -> HeldCharge? {
        let (decision, _) = try ask(.one(1, limit, cost: cost), at: now)
        return decision.admitted ? decision.held.first?.held : nil
    }

    func spent(at now: Microseconds) throws -> Int64 {
        limit.capacity - (try ask(.one(1, limit, cost: 0, peek: true), at: now).1.remaining)
    }

    func giveBack(_ receipt: HeldCharge, at now: Microseconds) throws {
        var plan = DecisionPlan()
        plan.add(LeaseStep(givingBack: [receipt], of: 0), keys: keys)
        var outcomes: [Outcome] = []
        let decisions = try run(plan, at: now, &outcomes)
        try #require(decisions.count == 1 && decisions[0].admitted)
    }

    /// How many counters there are, the clock left out.
    func count() throws -> Int {
        guard case .integer(let count) = try redis.command("DBSIZE") else { return -1 }
        return Int(count) - 2
    }

    private func ask(_ ask: Model.Ask, at now: Microseconds) throws -> (DecisionPlan.Decision, Outcome) {
        var plan = DecisionPlan()
        plan.add(0, of: Seeded(0).batch([ask]), isPart: true, keys: &keys)
        var outcomes: [Outcome] = []
        let decisions = try run(plan, at: now, &outcomes)
        return (decisions[0], outcomes[0])
    }

    private func run(
        _ plan: DecisionPlan,
        at now: Microseconds,
        _ outcomes: inout [Outcome]
    ) throws -> [DecisionPlan.Decision] {
        _ = try redis.ask(script.setting(Self.start + now))
        var scratch = ByteBuffer()
        var buffer = ByteBuffer()
        plan.write(script: sha, declaringKeys: true, plan: &scratch, to: &buffer)
        try redis.send(Array(buffer.readableBytesView))
        let reply = try redis.reply()
        try #require(reply.errorText == nil, "\(reply.errorText ?? "")")
        return try plan.answers(reply, outcomes: &outcomes)
    }
}
