import LimitCore
import LimitPolicy
import Testing

@Suite struct `A limit that comes with a call` {
    private static let policy = """
        tiers: { gold: { multiplier: 3 }, staff: { unlimited: true } }
        clients: { boss: { unlimited: true } }
        everywhere: [ 1000 per hour ]
        routes: [ { name: free, route: /free, exempt: true } ]
        """

    @Test func `is charged behind the policy's own`() throws {
        let pricer = Pricer(try load(Self.policy))
        let priced = try pricer.price(
            "c",
            "/a",
            usage: ["tokens": 9],
            inline: [
                .init(rate: "10/minute"),
                .init(rate: "500 tokens per minute", scope: "team", algorithm: "token-bucket", burst: 900),
                .init(rate: "5/s", cost: 3),
            ]
        )
        #expect(
            priced.limits == [
                "everywhere/requests-per-1hour", "inline/requests-per-1minute", "inline/tokens-per-1minute",
                "inline/requests-per-1second",
            ]
        )
        #expect(priced.charges.map(\.cost) == [1, 1, 9, 3])
        #expect(priced.charges.map(\.limit.capacity) == [1_000, 10, 900, 5])
        #expect(
            priced.counter(1) == ["inline/requests:sliding-window:60000000:6:client,5:route", "c", "2:/a"]
        )
        #expect(priced.counter(2) == ["inline/tokens:token-bucket:60000000:6:client,5:scope", "c", "4:team"])
    }

    @Test func `counts once where it is given twice`() throws {
        let pricer = Pricer(try load("otherwise: allow"))
        let priced = try pricer.price(
            "c",
            "/a",
            inline: [
                .init(rate: "10/minute"), .init(rate: "10 per 60 s"),
                .init(rate: "10/minute", algorithm: "sliding-window"),
                .init(rate: "10/minute", scope: "/a"), .init(rate: "11/minute"), .init(rate: "10/minute", cost: 2),
                .init(rate: "10/minute", algorithm: "fixed-window"), .init(rate: "10/minute", cost: 1),
            ]
        )
        #expect(priced.charges.map(\.source) == [-1, -4, -5, -6, -7])
    }

    @Test(arguments: [("gold", 30), ("", 10)])
    func `is multiplied like any that is per client`(tier: String, count: Int64) throws {
        let pricer = Pricer(try load(Self.policy))
        let priced = try pricer.price("c", "/a", tier: tier, inline: [.init(rate: "10/s")])
        #expect(priced.charges[1].limit.count == count)
    }

    @Test(arguments: [("c", "staff", "/a"), ("boss", "", "/a"), ("c", "", "/free")])
    func `does not hold for the unlimited and on exempt rules`(client: String, tier: String, route: String) throws {
        let pricer = Pricer(try load(Self.policy))
        #expect(try pricer.price(client, route, tier: tier, inline: [.init(rate: "10/s")]).charges.isEmpty)
    }

    @Test(arguments: [
        (CheckRequest.InlineLimit(rate: "banana"), "limits[1].rate \"banana\" at byte 0 is not a whole number"),
        (.init(rate: ""), "limits[1].rate at byte 0 is empty; a rate reads like 10 per minute"),
        (.init(rate: "1/s; 2/m"), "limits[1].rate \";\" at byte 3 follows the end of the rate"),
        (
            .init(rate: "1/calendar day", algorithm: "token-bucket"),
            "limits[1].algorithm token-bucket is not for calendar rates; fixed-window is"
        ),
        (.init(rate: "1/s", algorithm: "magic"), "limits[1].algorithm \"magic\" is not an algorithm for rates"),
        (
            .init(rate: "1/s", algorithm: "concurrency"),
            "limits[1].algorithm \"concurrency\" is not an algorithm for rates"
        ),
        (
            .init(rate: "1001/s", algorithm: "sliding-log"),
            "limits[1].rate counts to 1001; sliding-log does up to 1000"
        ),
        (.init(rate: "1/s", burst: 2), "limits[1].burst is for the algorithm token-bucket"),
    ])
    func `is refused by name and leaves no charge behind`(limit: CheckRequest.InlineLimit, problem: String) throws {
        let pricer = Pricer(try load(Self.policy))
        for _ in 0..<2 {
            var request = CheckRequest(client: "c", route: "/a")
            request.limits = [.init(rate: "10/s"), limit]
            var questions = Questions()
            let check = try questions.append(request)
            var charges: [Charge] = []
            let error = #expect(throws: InvalidField.self) {
                try pricer.price(check, of: &questions, into: &charges)
            }
            #expect(error?.description == problem)
            #expect(charges.isEmpty)
        }
    }

    @Test func `is refused where the policy takes none`() throws {
        let pricer = Pricer(try load("inline-limits: refuse"))
        #expect(throws: InvalidField("limits", "are not taken by this policy")) {
            try pricer.price("c", "/", inline: [.init(rate: "1/s")])
        }
    }

    @Test func `may not make a check come to more than 16 charges`() throws {
        let limits = (1...12).map { "\($0)/\($0) hours" }.joined(separator: ", ")
        let pricer = Pricer(try load("everywhere: [\(limits)]"))
        let inline = (1...5).map { CheckRequest.InlineLimit(rate: "\($0)/s", scope: "s\($0)") }
        #expect(throws: InvalidField("limits", "come to 17 with the policy's; a check has at most 16")) {
            try pricer.price("c", "/", inline: inline)
        }
        #expect(try pricer.price("c", "/", inline: Array(inline.dropLast())).charges.count == 16)
    }

    @Test func `is read again when more rates come than are remembered`() throws {
        let pricer = Pricer(try load("otherwise: allow"))
        for round in 1...2_000 {
            let count = round % 700 + 1
            let priced = try pricer.price("c", "/", inline: [.init(rate: "\(count)/s")])
            #expect(priced.charges.map(\.limit.count) == [Int64(count)])
        }
    }
}
