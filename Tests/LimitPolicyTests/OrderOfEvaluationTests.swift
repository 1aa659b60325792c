import LimitCore
import LimitPolicy
import Testing

@Suite struct `The order of evaluation` {
    private static let policy = """
        tiers:
          free: {}
          gold: { multiplier: 3 }
          staff: { unlimited: true }
        default-tier: free
        clients:
          golden: { tier: gold }
          staffer: { tier: staff }
          trusted: { unlimited: true }
          villain: { blocked: true, message: Go away }
          silent: { blocked: true, tier: staff }
        everywhere:
          - { name: all, rate: 1000 per hour }
          - { name: fleet, rate: 5000 per hour, per: [] }
        routes:
          - { name: health, route: /health, exempt: true }
          - name: members
            route: /members/**
            require: { tier: [gold, staff], message: Members only }
            limits: [ { name: own, rate: 10 per minute } ]
          - name: guarded
            route: /guarded
            require: staff
            exempt: true
          - { name: watched, route: /watched, require: staff, shadow: true, limits: [ { name: own, rate: 1/s } ] }
          - name: tiers
            route: /tiers
            limits: [ { name: own, rate: 1/s, tiers: { gold: unlimited } } ]
          - { name: plain, route: /plain }
        """

    @Test(arguments: [
        // 1: blocked comes before everything, an exempt rule included.
        ("villain", "/health", "blocked: Go away"),
        ("silent", "/members/a", "blocked"),
        // 2: no rule, and the policy allows.
        ("anyone", "/other", "everywhere/all everywhere/fleet"),
        // 3: a requirement comes before limits and before an exemption.
        ("anyone", "/members/a", "tier: Members only"),
        ("golden", "/members/a", "everywhere/all everywhere/fleet members/own"),
        ("golden", "/guarded", "tier"),
        ("staffer", "/guarded", "exempt"),
        // 4: exempt from every limit.
        ("anyone", "/health", "exempt"),
        // 5: limits in policy order.
        ("anyone", "/plain", "everywhere/all everywhere/fleet"),
        ("anyone", "/tiers", "everywhere/all everywhere/fleet tiers/own"),
        // 6: unlimited removes what is per client and nothing else.
        ("staffer", "/members/a", "everywhere/fleet"),
        ("trusted", "/tiers", "everywhere/fleet"),
        ("golden", "/tiers", "everywhere/all everywhere/fleet"),
    ])
    func `is blocked, rule, require, exempt, limits, unlimited`(client: String, route: String, verdict: String) throws {
        let pricer = Pricer(try load(Self.policy))
        #expect(try pricer.price(client, route).verdict == verdict)
    }

    @Test func `lets a shadowed rule's requirement pass and says so`() throws {
        let pricer = Pricer(try load(Self.policy))
        let missed = try pricer.price("anyone", "/watched")
        #expect(missed.verdict == "everywhere/all everywhere/fleet watched/own")
        #expect(missed.pricing.missesRequirement)
        #expect(missed.charges.map(\.shadow) == [false, false, true])
        #expect(try !pricer.price("staffer", "/watched").pricing.missesRequirement)
    }

    @Test func `lets the whole file's requirements pass in shadow, and blocks all the same`() throws {
        let pricer = Pricer(try load(Self.policy + "\nshadow: true"))
        let missed = try pricer.price("anyone", "/guarded")
        #expect(missed.verdict == "exempt" && missed.pricing.missesRequirement)
        #expect(try pricer.price("villain", "/guarded").verdict == "blocked: Go away")
        let charged = try pricer.price("anyone", "/tiers", inline: [.init(rate: "1/s")])
        #expect(charged.charges.map(\.shadow) == [true, true, true, true])
    }

    @Test func `refuses what no rule matches where the policy says so`() throws {
        let pricer = Pricer(try load(Self.policy + "\notherwise: refuse"))
        #expect(try pricer.price("anyone", "/other").verdict == "noRule")
        #expect(try pricer.price("trusted", "/other").verdict == "noRule")
        #expect(try pricer.price("villain", "/other").verdict == "blocked: Go away")
    }

    @Test func `charges nothing where there is nothing to charge`() throws {
        let pricer = Pricer(try load("otherwise: allow"))
        let priced = try pricer.price("anyone", "/")
        #expect(priced.verdict == "free")
        #expect(priced.pricing == Pricing(rule: nil, decision: .charges(0..<0)))
    }
}

@Suite struct `The tier of a call` {
    private static let policy = """
        tiers: { free: {}, gold: { multiplier: 2 }, "7": { multiplier: 7 } }
        default-tier: free
        clients:
          golden: { tier: gold }
          named: {}
          123: { tier: 7 }
          "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": { tier: gold }
        everywhere: [ { name: all, rate: 10 per hour } ]
        """

    @Test(arguments: [
        ("anyone", "", 10), ("golden", "", 20), ("named", "", 10), ("123", "", 70),
        ("anyone", "gold", 20), ("golden", "free", 10), ("golden", "7", 70),
        ("test", "", 20), ("Test", "", 10), ("test", "free", 10),
        ("golden", "platinum", 10),
    ])
    func `is the call's, else the client's, else the default`(client: String, tier: String, count: Int64) throws {
        let pricer = Pricer(try load(Self.policy))
        for _ in 0..<3 {
            #expect(try pricer.price(client, "/", tier: tier).charges.map(\.limit.count) == [count])
        }
    }

    @Test func `is counted where its name is not known`() throws {
        let pricer = Pricer(try load(Self.policy))
        _ = try pricer.price("a", "/", tier: "platinum")
        _ = try pricer.price("a", "/", tier: "gold")
        _ = try pricer.price("a", "/", tier: "Gold")
        #expect(pricer.unknownTiers == 2)
    }

    @Test func `may be none where there is no default`() throws {
        let pricer = Pricer(
            try load("tiers: {gold: {}}\nroutes: [{name: r, require: gold, limits: [{name: t, rate: 1/s, per: tier}]}]")
        )
        #expect(try pricer.price("a", "/").verdict == "tier")
        let priced = try pricer.price("a", "/", tier: "gold")
        #expect(priced.counter(0)[2] == "4:gold")
    }

    @Test func `of a digest is remembered for more clients than fit`() throws {
        let pricer = Pricer(try load(Self.policy))
        for number in 0..<10_000 {
            #expect(try pricer.price("client-\(number)", "/").charges[0].limit.count == 10)
        }
        #expect(try pricer.price("test", "/").charges[0].limit.count == 20)
    }
}
