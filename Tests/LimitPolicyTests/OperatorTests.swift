import LimitCore
import LimitPolicy
import Testing

/// What operators have decided, as pricing follows it.
@Suite struct `Operators and prices` {
    private static let policy = """
        tiers:
          free: {}
          gold: { multiplier: 5 }
          staff: { unlimited: true }
        default-tier: free
        clients:
          villain: { blocked: true, message: Go away }
          staffer: { tier: staff }
        routes:
          - { name: health, route: /health, exempt: true }
          - { name: members, route: /members, require: gold, limits: [ { name: own, rate: 10 per minute } ] }
          - name: plain
            route: /plain
            pool: llama
            warm-up: { factor: 0.2, minimum: 1, ramp: 60s }
            limits:
              - { name: own, rate: 20 per minute }
              - { name: bucket, rate: 20 tokens per minute, algorithm: token-bucket, burst: 30 }
              - { name: place, rate: 9 per minute, per: [client, place] }
              - { name: fleet, rate: 100 per minute, per: [] }
          - name: bounded
            route: /bounded
            limits:
              - { name: log, rate: 5 per minute, algorithm: sliding-log }
              - { name: slots, concurrency: 3 }
        """

    private static let signature = OperatorEntry.Signature(by: "olga", at: 1)

    private func pricer(_ entries: [String: OperatorEntry], now: Microseconds = 100) throws -> Pricer {
        let policy = try load(Self.policy)
        let pricer = Pricer(policy)
        let clients = Dictionary(uniqueKeysWithValues: entries.map { (ClientDigest(of: $0.key), $0.value) })
        pricer.operators = OperatorTable(clients, for: policy)
        pricer.now = now
        return pricer
    }

    private func blocked(_ message: String = "", until: Microseconds? = nil) -> OperatorEntry {
        var entry = OperatorEntry()
        entry.block = OperatorEntry.Block(message: message, until: until, signature: Self.signature)
        return entry
    }

    private func tier(_ name: String, until: Microseconds? = nil) -> OperatorEntry {
        var entry = OperatorEntry()
        entry.tier = OperatorEntry.Tier(name: name, until: until, signature: Self.signature)
        return entry
    }

    private func override(_ counts: [String: Int64], until: Microseconds? = nil) -> OperatorEntry {
        var entry = OperatorEntry()
        entry.overrides = counts.mapValues {
            OperatorEntry.Override(count: $0, until: until, signature: Self.signature)
        }
        return entry
    }

    private func reset(_ generation: Int64) -> OperatorEntry {
        var entry = OperatorEntry()
        entry.reset = OperatorEntry.Reset(generation: generation, signature: Self.signature)
        return entry
    }

    @Test func `an operator's block comes before an exempt rule and before the policy's own words`() throws {
        let pricer = try pricer(["a": blocked("Ask Olga"), "villain": blocked("Olga too")])
        #expect(try pricer.price("a", "/health").verdict == "blocked: Ask Olga")
        #expect(try pricer.price("villain", "/plain").verdict == "blocked: Olga too")
        #expect(try pricer.price("b", "/health").verdict == "exempt")
    }

    @Test func `what an operator decided ends at its time, not before`() throws {
        let entries = ["a": blocked(until: 101), "b": tier("gold", until: 101)]
        let before = try pricer(entries, now: 100)
        #expect(try before.price("a", "/health").verdict == "blocked")
        #expect(try before.price("b", "/members").verdict == "members/own")
        let after = try pricer(entries, now: 101)
        #expect(try after.price("a", "/health").verdict == "exempt")
        #expect(try after.price("b", "/members").verdict == "tier")
        let overrides = ["a": override(["plain/own": 7], until: 101)]
        #expect(try pricer(overrides, now: 100).price("a", "/plain").charges[0].limit.count == 7)
        #expect(try pricer(overrides, now: 101).price("a", "/plain").charges[0].limit.count == 20)
    }

    @Test func `an operator's tier goes before that of the call and of the policy`() throws {
        let pricer = try pricer(["a": tier("gold"), "staffer": tier("gold"), "lost": tier("gone")])
        #expect(try pricer.price("a", "/plain").charges[0].limit.count == 100)
        #expect(try pricer.price("a", "/plain", tier: "free").charges[0].limit.count == 100)
        #expect(try pricer.price("staffer", "/plain").charges[0].limit.count == 100)
        #expect(try pricer.price("lost", "/plain", tier: "gold").charges[0].limit.count == 20)
        #expect(pricer.unknownTiers == 1)
    }

    @Test func `an override replaces number and multiplier, takes the burst along and warms up like any other`() throws
    {
        let entry = override(["plain/own": 50, "plain/bucket": 40, "plain/fleet": 1, "no/limit": 1])
        let pricer = try pricer(["a": entry])
        let limits = try pricer.price("a", "/plain", tier: "gold").charges.map(\.limit)
        #expect(limits.map(\.count) == [50, 40, 45, 100])
        #expect(limits.map(\.capacity) == [50, 60, 45, 100])
        #expect(try pricer.price("b", "/plain").charges.map(\.limit.count) == [20, 20, 9, 100])
        pricer.setScale(200_000, ofWarmUp: 0)
        let cold = try pricer.price("a", "/plain").charges.map(\.limit)
        #expect(cold.map(\.count) == [10, 8, 1, 20])
        #expect(cold[1].capacity == 12 && cold[1].ceiling == 60)
    }

    @Test func `an override holds for an unlimited client too, its other limits stay away`() throws {
        let pricer = try pricer(["staffer": override(["plain/own": 3])])
        let priced = try pricer.price("staffer", "/plain")
        #expect(priced.limits == ["plain/own", "plain/fleet"] && priced.charges[0].limit.count == 3)
        #expect(try pricer.price("other", "/plain", tier: "staff").limits == ["plain/fleet"])
    }

    @Test func `an override goes no further than its limit can count`() throws {
        let pricer = try pricer(["a": override(["bounded/log": 1_001, "bounded/slots": Amount.max])])
        #expect(try pricer.price("a", "/bounded").charges.map(\.limit.count) == [1_000, 4_096])
        #expect(try pricer.price("a", "/bounded").charges.map(\.limit.capacity) == [1_000, 4_096])
        let small = try self.pricer(["a": override(["bounded/log": 1, "bounded/slots": 0])])
        #expect(try small.price("a", "/bounded").charges.map(\.limit.count) == [1, 0])
    }

    @Test func `a reset changes the counters of its client and of nothing else`() throws {
        let none = try pricer([:])
        let first = try pricer(["a": reset(1)])
        let second = try pricer(["a": reset(2)])
        let inline = [CheckRequest.InlineLimit(rate: "5/s")]
        func counters(_ pricer: Pricer, _ client: String) throws -> [[String]] {
            let priced = try pricer.price(client, "/plain", ["place": "#1"], inline: inline)
            return priced.charges.indices.map { priced.counter($0) }
        }
        let plain = try counters(none, "a")
        #expect(plain.map(\.[2]) == ["", "", "2:#1", "", "6:/plain"])
        #expect(try counters(first, "a").map(\.[2]) == ["#1", "#1", "2:#1#1", "", "6:/plain#1"])
        #expect(try counters(second, "a").map(\.[2]) == ["#2", "#2", "2:#1#2", "", "6:/plain#2"])
        #expect(try counters(first, "b") == counters(none, "b"))
        #expect(try counters(first, "a").map(\.[0]) == plain.map(\.[0]))
    }

    @Test func `what has ended is pruned, a reset only when no counter of before it can live`() throws {
        var entry = blocked(until: 50)
        entry.tier = tier("gold", until: 51).tier
        entry.overrides = override(["x": 1], until: 50).overrides
        entry.reset = reset(3).reset
        let pruned = entry.pruned(at: 50)
        #expect(pruned.block == nil && pruned.overrides.isEmpty && pruned.tier != nil && pruned.reset?.generation == 3)
        #expect(!entry.pruned(at: 2 * longestWindow).isEmpty)
        #expect(entry.pruned(at: 900 * 86_400_000_000).isEmpty)
    }

    @Test func `a client goes by its name or by its digest`() throws {
        let digest = ClientDigest(of: "test")
        let text = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        #expect(digest.description == text && digest.short == "sha256:9f86d081884c7d65")
        #expect(ClientDigest(naming: text) == digest && ClientDigest(naming: "test") == digest)
        #expect(ClientDigest(naming: text.uppercased().replacing("SHA", with: "sha")) == digest)
        #expect(ClientDigest("sha256:9f86") == nil && ClientDigest("test") == nil)
    }
}
