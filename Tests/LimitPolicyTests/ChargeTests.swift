import LimitCore
import LimitPolicy
import Testing

@Suite struct `A counter` {
    private static func priced(_ limit: String, _ attributes: [String: String] = [:]) throws -> Priced {
        let pricer = Pricer(try load("routes: [{name: predict, route: /p/**, limits: [\(limit)]}]"))
        return try pricer.price("alice", "/p/x", attributes)
    }

    @Test(arguments: [
        (
            "10 per minute",
            "7:predict/20:requests-per-1minute/requests:sliding-window:60000000:6:client", "alice", ""
        ),
        (
            "{name: rpm, rate: 10 tokens/m, algorithm: token-bucket}",
            "7:predict/3:rpm/tokens:token-bucket:60000000:6:client", "alice", ""
        ),
        ("{name: f, rate: 1/s, per: []}", "7:predict/1:f/requests:sliding-window:1000000:", "", ""),
        ("{name: f, rate: 1/s, per: route}", "7:predict/1:f/requests:sliding-window:1000000:5:route", "", "4:/p/x"),
        (
            "{name: f, rate: 1/s, per: [client, route, tier, model, absent]}",
            "7:predict/1:f/requests:sliding-window:1000000:6:client,5:route,4:tier,5:model,6:absent", "alice",
            "4:/p/x0:3:m:10:"
        ),
    ])
    func `is named by what it counts and holds whom it counts for`(
        limit: String,
        name: String,
        client: String,
        scope: String
    ) throws {
        #expect(try Self.priced(limit, ["model": "m:1"]).counter(0) == [name, client, scope])
    }

    @Test func `keeps its name when amounts, order and other rules change`() throws {
        let before = try load("routes: [{name: a, limits: [{name: x, rate: 10/m}]}]")
        let after = try load(
            "tiers: {t: {multiplier: 2}}\nroutes: [{name: b, route: /b}, {name: a, limits: [5/s, {name: x, rate: 99/m}]}]"
        )
        #expect(
            try Pricer(before).price("c", "/").counter(0) == Pricer(after).price("c", "/", tier: "t").counter(1)
        )
    }

    @Test func `differs where lists of values only look alike`() throws {
        let limit = "{name: f, rate: 1/s, per: [a, b]}"
        let one = try Self.priced(limit, ["a": "1:x", "b": ""]).counter(0)
        let other = try Self.priced(limit, ["a": "", "b": "1:x"]).counter(0)
        #expect(one[2] == "3:1:x0:" && other[2] == "0:3:1:x")
    }

    @Test func `of everywhere is one over all routes`() throws {
        let pricer = Pricer(try load("everywhere: [9/s]\nroutes: [{route: /a}, {route: /b}]"))
        #expect(try pricer.price("c", "/a").counter(0) == pricer.price("c", "/b").counter(0))
        #expect(
            try pricer.price("c", "/z").counter(0)[0]
                == "10:everywhere/20:requests-per-1second/requests:sliding-window:1000000:6:client"
        )
    }
}

@Suite struct `A charge` {
    @Test(
        arguments: [
            ("10/s", [:], 1), ("10/s", ["requests": 5], 5), ("10/s", ["requests": 0], 0), ("10/s", ["tokens": 5], 1),
            ("10 tokens/s", [:], 0), ("10 tokens/s", ["tokens": 7], 7), ("10 tokens/s", ["requests": 7], 0),
            ("10 tokens/s", ["tokens": 7, "requests": 2, "images": 3], 7),
        ] as [(String, [String: UInt64], Int64)]
    )
    func `costs what the usage says of its unit`(rate: String, usage: [String: UInt64], cost: Int64) throws {
        let pricer = Pricer(try load("everywhere: [\(rate)]"))
        #expect(try pricer.price("c", "/", usage: usage).charges.map(\.cost) == [cost])
    }

    @Test(arguments: [
        ("10/s", "sliding-window"), ("{rate: 10/s, algorithm: fixed-window}", "fixed-window"),
        ("{rate: 10/s, algorithm: token-bucket}", "token-bucket"),
    ])
    func `is counted by sliding-window unless the limit says otherwise`(limit: String, algorithm: String) throws {
        let pricer = Pricer(try load("everywhere: [\(limit)]"))
        #expect(try pricer.price("c", "/").charges.map(\.limit.algorithm.name) == [algorithm])
    }

    @Test func `takes the algorithm of the limit, else of the rule, else of the file`() throws {
        let pricer = Pricer(
            try load(
                """
                algorithm: fixed-window
                everywhere: [ 1/s ]
                routes: [ { algorithm: token-bucket, limits: [ 1/s, { name: x, rate: 1/s, algorithm: sliding-window } ] } ]
                """
            )
        )
        let algorithms = try pricer.price("c", "/", inline: [.init(rate: "1/s")]).charges.map(\.limit.algorithm)
        #expect(algorithms == [.fixedWindow, .tokenBucket, .slidingWindow, .fixedWindow])
    }

    @Test func `names its limit and unit`() throws {
        let priced = try Pricer(try load(ExamplePolicy.full))
            .price("c", "/v1/chat/completions", ["model": "llama-3", "method": "POST"], inline: [.init(rate: "1 x/h")])
        #expect(
            priced.limits == [
                "everywhere/requests-per-1hour", "chat/rpm", "chat/tpm", "chat/inflight", "chat/fleet", "chat/monthly",
                "inline/x-per-1hour",
            ]
        )
        #expect(
            priced.charges.map { priced.pricer.limitUnit($0.source, of: priced.questions) }
                == ["requests", "requests", "tokens", "slots", "requests", "tokens", "x"]
        )
        #expect(priced.charges.map(\.source) == [0, 4, 5, 6, 7, 8, -1])
    }

    @Test func `carries overdraft and shadow`() throws {
        let pricer = Pricer(try load("everywhere: [{rate: 1/s, overdraft: true, shadow: true}]"))
        let charge = try pricer.price("c", "/").charges[0]
        #expect(charge.limit.overdraft && charge.shadow)
    }

    @Test func `is appended behind those of the checks before`() throws {
        let pricer = Pricer(try load("everywhere: [1/s, 2/m]"))
        var questions = Questions()
        var charges: [Charge] = []
        for client in ["a", "b"] {
            let check = try questions.append(CheckRequest(client: client, route: "/"))
            let pricing = try pricer.price(check, of: &questions, into: &charges)
            #expect(pricing.decision == .charges(check * 2..<check * 2 + 2))
        }
        #expect(charges.map { questions.string($0.counter.client) } == ["a", "a", "b", "b"])
    }

    @Test func `is one of at most 16`() {
        let limits = (1...10).map { "\($0)/\($0) hours" }.joined(separator: ", ")
        let text = "everywhere: [\(limits)]\nroutes: [{route: /a, limits: [\(limits)]}, {route: /b}]"
        #expect(
            problems(text) == ["2:30: routes[0].limits: come to 20 with those of everywhere; a check has at most 16"]
        )
        let many = (1...17).map { "\($0)/\($0) hours" }.joined(separator: ", ")
        #expect(problems("everywhere: [\(many)]") == ["1:13: everywhere: has 17 limits; a check has at most 16"])
    }
}

@Suite struct `The number in force` {
    private static let tiers = """
        tiers:
          free: {}
          half: { multiplier: 0.5 }
          none: { multiplier: 0 }
          odd: { multiplier: 1.000001 }
          huge: { multiplier: 1000000000 }

        """

    @Test(arguments: [
        ("10/s", "free", 10), ("10/s", "half", 5), ("7/s", "half", 3), ("1/s", "half", 1), ("0/s", "half", 0),
        ("10/s", "none", 1), ("999999/s", "odd", 999_999), ("1000000/s", "odd", 1_000_001),
        ("9007199254740991/s", "huge", Amount.max), ("10/s", "huge", 10_000_000_000),
        ("{rate: 10/s, tiers: {half: 77}}", "half", 77), ("{rate: 10/s, tiers: {half: 0}}", "half", 0),
        ("{rate: 10/s, per: []}", "half", 10), ("{rate: 10/s, per: [route]}", "huge", 10),
        ("{rate: 10/s, per: [], tiers: {half: 3}}", "half", 3), ("{rate: 10/s, per: [client, route]}", "half", 5),
    ])
    func `is the tier's own, else the limit's times the multiplier`(limit: String, tier: String, count: Int64) throws {
        let limitInForce = try Pricer(try load(Self.tiers + "everywhere: [\(limit)]")).price("c", "/", tier: tier)
            .charges[0].limit
        #expect([limitInForce.count, limitInForce.capacity, limitInForce.ceiling] == [count, count, count])
    }

    @Test(arguments: [
        ("burst: 40", "free", 10, 40), ("burst: 40", "half", 5, 20), ("burst: 1", "half", 5, 1),
        ("burst: 40, tiers: {half: 20}", "half", 20, 80), ("burst: 5, tiers: {half: 1}", "half", 1, 1),
        ("burst: 40, tiers: {half: 0}", "half", 0, 0), ("tiers: {half: 20}", "half", 20, 20),
    ])
    func `takes the burst along`(limit: String, tier: String, count: Int64, burst: Int64) throws {
        let text = Self.tiers + "everywhere: [{rate: 10/s, algorithm: token-bucket, \(limit)}]"
        let limitInForce = try Pricer(try load(text)).price("c", "/", tier: tier).charges[0].limit
        #expect([limitInForce.count, limitInForce.capacity] == [count, burst])
    }

    @Test(
        arguments: [
            (1_000_000, 10, 40), (500_000, 5, 20), (250_000, 3, 10), (0, 3, 3), (2_000_000, 10, 40), (-5, 3, 3),
        ] as [(Int64, Int64, Int64)]
    )
    func `shrinks with the pool's scale, never below the minimum`(scale: Int64, count: Int64, burst: Int64) throws {
        let pricer = Pricer(
            try load(
                """
                everywhere: [ 10/s ]
                routes:
                - pool: p
                  warm-up: { factor: 0.2, minimum: 3, ramp: 60s }
                  limits:
                  - { name: a, rate: 10/s, algorithm: token-bucket, burst: 40 }
                  - { name: b, rate: 2/s }
                """
            )
        )
        pricer.setScale(scale, ofWarmUp: 0)
        let limits = try pricer.price("c", "/", inline: [.init(rate: "10/s")]).charges.map(\.limit)
        #expect(limits.map(\.count) == [10, count, 2, 10])
        #expect(limits.map(\.capacity) == [10, burst, 2, 10])
        #expect(limits.map(\.ceiling) == [10, 40, 2, 10])
    }
}
