import Crypto
import LimitCore
import NIOCore
import Testing

@testable import RedisStore

/// The script against LimitCore, on a clock that the test drives.
@Suite(.timeLimit(.minutes(5)))
struct ScriptTests {
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `20,000 random checks get the answers of LimitCore`(seed: UInt64) throws {
        let server = try RedisServer()
        let redis = try server.connect()
        let script = try DrivenScript()
        let sha = try redis.ask(["SCRIPT", "LOAD", script.source]).text(0)!
        var random = Seeded(seed)
        var model = Model()
        var keys = CounterKeys(prefix: "hg", secret: SymmetricKey(data: [UInt8](repeating: 7, count: 32)))
        var now: Microseconds = 1_750_000_000_000_000
        var plan = DecisionPlan()
        var outcomes: [Outcome] = []
        var checks = 0
        var merged = 0
        while checks < 5_000 {
            now = max(0, now + random.step())
            _ = try redis.ask(script.setting(now))
            let asks = random.asks(random.pick([1, 1, 2, 5, 20]))
            let batch = random.batch(asks)
            plan.removeAll()
            for check in asks.indices { plan.add(check, of: batch, keys: &keys) }
            merged += asks.count - plan.entries.count
            var scratch = ByteBuffer()
            var buffer = ByteBuffer()
            plan.write(script: sha, declaringKeys: random.chance(80), plan: &scratch, to: &buffer)
            try redis.send(Array(buffer.readableBytesView))
            let reply = try redis.reply()
            try #require(reply.errorText == nil, "seed \(seed) check \(checks): \(reply.errorText ?? "")")
            let decisions = try plan.answers(reply, outcomes: &outcomes)
            for (check, ask) in asks.enumerated() {
                let (result, expected) = model.decide(ask, now: now)
                let found = outcomes[decisions[check].outcomes..<decisions[check].outcomes + ask.charges.count]
                try #require(decisions[check].admitted == (result == .admitted), "seed \(seed) check \(checks) \(ask)")
                try #require(Array(found) == expected, "seed \(seed) check \(checks) \(ask)")
                checks += 1
            }
        }
        #expect(merged > 100)
        #expect(try redis.command("DBSIZE") != .integer(2))
    }

    @Test func `no key is without an expiry`() throws {
        let server = try RedisServer()
        let redis = try server.connect()
        let sha = try redis.ask(["SCRIPT", "LOAD", DecisionScript.source]).text(0)!
        var random = Seeded(9)
        var keys = CounterKeys(prefix: "hg", secret: SymmetricKey(data: [UInt8](repeating: 7, count: 32)))
        for _ in 0..<300 {
            let asks = (0..<20).map { _ in random.ask() }
            var plan = DecisionPlan()
            let batch = random.batch(asks)
            for check in asks.indices { plan.add(check, of: batch, keys: &keys) }
            var scratch = ByteBuffer()
            var buffer = ByteBuffer()
            plan.write(script: sha, declaringKeys: true, plan: &scratch, to: &buffer)
            try redis.send(Array(buffer.readableBytesView))
            #expect(try redis.reply().errorText == nil)
        }
        let all = try redis.ask(["KEYS", "*"])
        #expect(all.nodes.count > 3)
        for node in 1..<all.nodes.count {
            let name = try #require(all.text(node))
            guard case .integer(let left) = try redis.command("PTTL", name) else { continue }
            #expect(left != -1, "\(name)")
            #expect(!name.contains("client"), "\(name)")
        }
    }
}
