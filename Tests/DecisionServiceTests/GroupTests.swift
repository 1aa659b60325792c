import DecisionService
import LimitCore
import LimitPolicy
import LimitStore
import Testing

/// Checks that are one step of the store.
@Suite struct GroupTests {
    let policy = """
        envoy: { client: [api_key, remote_address] }
        tiers: { free: {}, gold: { multiplier: 2 }, internal: { unlimited: true } }
        default-tier: free
        clients:
          vip: { tier: gold }
          staff: { tier: internal }
          crawler: { blocked: true, message: Ask for a key }
        routes:
          - { name: key, match: { descriptor: api_key }, limits: [ 10 per minute ] }
          - { name: model, match: { descriptor: model }, limits: [ { name: all, rate: 6 per minute, per: [model] } ] }
          - { name: address, match: { descriptor: remote_address }, limits: [ 3 per minute ] }
          - { name: gone, match: { descriptor: gone }, limits: [ 0 per minute ] }
          - { name: trial, match: { descriptor: trial }, shadow: true, limits: [ 1 per minute ] }
          - { name: free, match: { descriptor: free }, exempt: true }
          - name: slots
            match: { descriptor: slots }
            limits: [ { name: few, concurrency: 1, lease: 30s }, { name: tpm, rate: 9 tokens per minute } ]
          - { name: premium, match: { descriptor: premium }, require: { tier: gold, message: Gold only } }
        """

    private func key(_ name: String, hits: Int64 = 1) -> Descriptor { Descriptor(("api_key", name), hits: hits) }
    private func model(_ name: String, hits: Int64 = 1) -> Descriptor { Descriptor(("model", name), hits: hits) }

    @Test func `each is decided by its own rule and has an answer of its own`() throws {
        let fixture = try LaneFixture(policy)
        let answers = try fixture.together(key("a"), model("m"), Descriptor(("other", "x")))
        #expect(answers.verdicts == [.allowed, .allowed, .allowed])
        #expect(answers.map(\.rule) == ["key", "model", ""])
        #expect(answers.remaining == [9, 5, nil])
    }

    @Test func `a refusal of one charges none, and the others tell what they have uncharged`() throws {
        let fixture = try LaneFixture(policy)
        for _ in 1...6 { #expect(try fixture.together(model("m")).verdicts == [.allowed]) }
        for _ in 1...3 {
            let answers = try fixture.together(key("a"), model("m"))
            #expect(answers.verdicts == [.allowed, .limited])
            #expect(answers.remaining == [10, 0])
            #expect(answers[0].retryAfterMilliseconds == 0 && answers[1].retryAfterMilliseconds > 0)
        }
        #expect(try fixture.together(key("a"), model("n")).remaining == [9, 5])
    }

    @Test func `what two of them charge on one counter is added up`() throws {
        let fixture = try LaneFixture(policy)
        #expect(try fixture.together(model("m", hits: 4), model("m", hits: 3)).verdicts == [.limited, .limited])
        #expect(try fixture.together(model("m", hits: 4), model("m", hits: 2)).verdicts == [.allowed, .allowed])
        #expect(try fixture.together(model("m")).verdicts == [.limited])
    }

    @Test func `where the policy forbids one, the others are peeks`() throws {
        let fixture = try LaneFixture(policy)
        for _ in 1...2 {
            let answers = try fixture.together(model("m"), key("crawler"), Descriptor(("premium", "")))
            #expect(answers.verdicts == [.allowed, .forbidden, .forbidden])
            #expect(answers.remaining == [6, nil, nil])
            #expect(answers.map(\.message) == ["", "Ask for a key", "Gold only"])
        }
        #expect(try fixture.together(model("m")).remaining == [5])
    }

    @Test func `one that asks for nothing says whether one more would fit`() throws {
        let fixture = try LaneFixture(policy)
        for _ in 1...3 { #expect(try fixture.together(model("m", hits: 0)).remaining == [6]) }
        #expect(try fixture.together(model("m", hits: 6), key("a", hits: 0)).remaining == [0, 10])
        let refused = try fixture.together(model("m", hits: 0), key("a"))
        #expect(refused.verdicts == [.limited, .allowed] && refused.remaining == [0, 10])
        let wait = Int64(refused[0].retryAfterMilliseconds)
        fixture.clock.advance((wait - 1) * 1000)
        #expect(try fixture.together(model("m", hits: 0)).verdicts == [.limited])
        fixture.clock.advance(1000)
        #expect(try fixture.together(model("m", hits: 0)).verdicts == [.allowed])
        #expect(try fixture.together(model("m", hits: 1)).verdicts == [.allowed])
        #expect(try fixture.together(Descriptor(("gone", ""), hits: 0)).verdicts == [.limited])
    }

    @Test func `one more is asked for on top of what others charge on the counter`() throws {
        let fixture = try LaneFixture(policy)
        let full = try fixture.together(model("m", hits: 6), model("m", hits: 0))
        #expect(full.verdicts == [.allowed, .limited] && full.remaining == [6, 6])
        let fits = try fixture.together(model("m", hits: 5), model("m", hits: 0))
        #expect(fits.verdicts == [.allowed, .allowed] && fits.remaining == [1, 1])
    }

    @Test(arguments: ["token-bucket", "sliding-log", "fixed-window"])
    func `a question for one more is answered alike by every algorithm`(algorithm: String) throws {
        let policy = "algorithm: \(algorithm)\nroutes: [ { name: all, limits: [ 5 per minute ] } ]"
        let fixture = try LaneFixture(policy)
        let ask = Descriptor(("k", "v"), hits: 0)
        for left in [5, 4, 3, 2, 1] as [UInt64] {
            let answer = try fixture.together(ask)
            #expect(answer.verdicts == [.allowed] && answer.remaining == [left])
            #expect(answer[0].limits.first?.limit == 5 && answer[0].limits.first?.windowMilliseconds == 60_000)
            #expect(try fixture.together(Descriptor(("k", "v"))).verdicts == [.allowed])
        }
        let refused = try fixture.together(ask)
        #expect(refused.verdicts == [.limited] && refused.remaining == [0])
        #expect(
            try refused[0].retryAfterMilliseconds == fixture.together(Descriptor(("k", "v")))[0].retryAfterMilliseconds
        )
    }

    @Test func `the client is the first key of the mapping that is there, and none is one client`() throws {
        let fixture = try LaneFixture(policy)
        #expect(try fixture.together(key("vip"), key("a")).remaining == [19, 9])
        let both = Descriptor(("remote_address", "1.2.3.4"), ("api_key", "vip"), override: "100 per hour")
        #expect(try fixture.together(both)[0].limits.first?.limit == 100, "an override is not multiplied")
        #expect(try fixture.together(Descriptor(("remote_address", "1.2.3.4"))).remaining == [2])
        #expect(
            try fixture.together(Descriptor(("trial", "x")), Descriptor(("trial", "y"))).verdicts == [
                .allowed, .allowed,
            ]
        )
        let anonymous = try LaneFixture("routes: [ { name: all, limits: [ 2 per minute ] } ]")
        #expect(try anonymous.together(Descriptor(("a", "1"))).remaining == [1])
        #expect(try anonymous.together(Descriptor(("b", "2"))).remaining == [0])
        #expect(throws: InvalidField.self) { try anonymous.check("", "/x") }
    }

    @Test func `what limits nothing is allowed without a limit`() throws {
        let fixture = try LaneFixture(policy)
        let answers = try fixture.together(key("staff"), Descriptor(("free", "")), Descriptor(("other", "")))
        #expect(answers.verdicts == [.allowed, .allowed, .allowed] && answers.allSatisfy(\.limits.isEmpty))
        #expect(answers.map(\.rule) == ["key", "free", ""])
    }

    @Test func `a limit that comes along takes the place of the rule's, for these values alone`() throws {
        let fixture = try LaneFixture(policy)
        let own = Descriptor(("model", "m"), override: "2 per hour")
        #expect(try fixture.together(own).remaining == [1])
        #expect(try fixture.together(own, own).verdicts == [.limited, .limited])
        #expect(try fixture.together(own, model("m")).remaining == [0, 5])
        #expect(try fixture.together(Descriptor(("model", "n"), override: "2 per hour")).remaining == [1])
        let month = try fixture.together(Descriptor(("model", "m"), override: "7 per calendar month"))
        #expect(month[0].limits.first?.calendar == .month && month.remaining == [6])
    }

    @Test func `hits that are given back are no refusal, and no group is charged or given back in part`() throws {
        let fixture = try LaneFixture(policy.replacing("envoy: {", with: "envoy: { negative-hits: true,"))
        #expect(try fixture.together(key("a", hits: 9), model("m", hits: 5)).remaining == [1, 1])
        #expect(try fixture.together(key("a", hits: -4), model("m")).remaining == [5, 0])
        let refused = try fixture.together(key("a", hits: -4), model("m"))
        #expect(refused.verdicts == [.allowed, .limited] && refused.remaining == [5, 0])
        #expect(try fixture.together(model("m", hits: 3), model("m", hits: -4)).remaining == [1, 1])
        let shared = try fixture.together(model("m", hits: 3), model("m", hits: -1))
        #expect(shared.verdicts == [.limited, .allowed] && shared.remaining == [1, 1])
        #expect(try fixture.together(key("a", hits: -Amount.max), key("crawler", hits: -1)).remaining == [5, nil])
        #expect(try fixture.together(key("a", hits: -Amount.max)).remaining == [10])
        #expect(try fixture.together(Descriptor(("slots", ""), hits: -3)).verdicts == [.allowed])
    }

    @Test func `a policy that takes no hits back refuses the whole request`() throws {
        let fixture = try LaneFixture(policy)
        let answers = Answers()
        try fixture.addTogether([key("a"), model("m", hits: -1)], answers)
        fixture.lane.flush()
        let problem = InvalidField("descriptors[1].is_negative_hits", "is not taken by this policy")
        #expect(answers.failures == [0: .invalid(problem), 1: .invalid(problem)])
        #expect(try fixture.together(key("a")).remaining == [9])
    }

    @Test func `hits count in every unit, slots do not hold, and there is no lease`() throws {
        let fixture = try LaneFixture(policy)
        for left in [6, 3, 0] as [UInt64] {
            let answer = try fixture.together(Descriptor(("slots", ""), hits: 3))
            #expect(answer.verdicts == [.allowed] && answer.remaining == [left] && answer[0].lease.isEmpty)
        }
        #expect(try fixture.together(Descriptor(("slots", ""))).verdicts == [.limited])
    }

    @Test func `more charges than a step can have are refused, and a broken one fails all`() throws {
        let limits = (1...16).map { "{ name: l\($0), rate: 9 per \($0) minutes }" }.joined(separator: ", ")
        let fixture = try LaneFixture("routes: [ { name: all, limits: [ \(limits) ] } ]")
        func ask(_ count: Int) throws -> Answers {
            let answers = Answers()
            try fixture.addTogether((0..<count).map { Descriptor(("k", "\($0)")) }, answers)
            fixture.lane.flush()
            return answers
        }
        let problem = InvalidField("descriptors", "come to 256 charges; a request has at most 255")
        #expect(try ask(16).failures == Dictionary(uniqueKeysWithValues: (0..<16).map { ($0, .invalid(problem)) }))
        #expect(try ask(15).responses.values.map(\.verdict) == Array(repeating: .limited, count: 15))
        #expect(try ask(9).responses.values.map(\.verdict) == Array(repeating: .allowed, count: 9))
        let closed = try LaneFixture("inline-limits: refuse")
        let answers = Answers()
        try closed.addTogether([Descriptor(("a", "")), Descriptor(("b", ""), override: "1 per day")], answers)
        closed.lane.flush()
        #expect(answers.failures.count == 2 && answers.failures[0] == answers.failures[1])
        #expect(answers.failures[0] == .invalid(InvalidField("descriptors[1].limit", "is not taken by this policy")))
    }

    @Test func `no amount and no limit that comes along stops the daemon`() throws {
        let fixture = try LaneFixture(policy)
        for rate in ["0 per second", "1 per week", "4294967295 per calendar year"] {
            for hits in [0, 1, Amount.max] {
                let answer = try fixture.together(
                    Descriptor(("model", rate), hits: hits, override: rate),
                    Descriptor(("model", rate), hits: hits, override: rate)
                )
                let fits = rate != "0 per second" && 2 * Double(hits) <= 1 || (hits == 1 && rate.first == "4")
                #expect(answer.verdicts == Array(repeating: fits ? .allowed : .limited, count: 2), "\(rate), \(hits)")
            }
        }
        let never = try fixture.together(model("m", hits: 7))[0]
        #expect(never.never && never.reason == .costTooLarge)
        let logs = try LaneFixture("algorithm: sliding-log")
        #expect(throws: CallFailure.self) { try logs.together(Descriptor(("a", ""), override: "1001 per second")) }
        #expect(try logs.together(Descriptor(("a", ""), override: "1000 per second")).remaining == [999])
    }

    @Test func `groups and checks of one batch do not disturb each other`() throws {
        let fixture = try LaneFixture(policy)
        let groups = [Answers(), Answers()]
        let alone = Answers()
        try fixture.addTogether([model("m", hits: 4), key("a", hits: 4)], groups[0])
        _ = try fixture.lane.questions.append(CheckRequest(client: "a", route: "/x"))
        fixture.lane.ask(alone, ticket: 7)
        try fixture.addTogether([key("a", hits: 4), model("m", hits: 3)], groups[1])
        fixture.lane.flush()
        #expect([0, 1].map { groups[0].responses[$0]?.remaining } == [2, 6])
        #expect([0, 1].map { groups[1].responses[$0]?.verdict } == [.allowed, .limited])
        #expect([0, 1].map { groups[1].responses[$0]?.remaining } == [6, 2])
        #expect(alone.responses[7]?.verdict == .allowed)
        #expect((groups + [alone]).map(\.flushes) == [1, 1, 1])
    }

    @Test func `a group whose time is up fails as one and charges nothing`() throws {
        let fixture = try LaneFixture(policy)
        let answers = Answers()
        let other = Answers()
        try fixture.addTogether([key("a"), model("m")], answers, timeLeft: 0)
        try fixture.addTogether([key("b")], other, timeLeft: 1)
        fixture.lane.flush()
        #expect(answers.failures == [0: .deadlineExceeded, 1: .deadlineExceeded])
        #expect(other.responses[0]?.remaining == 9, "the store was asked for the other one")
        #expect(try fixture.together(key("a"), model("m")).remaining == [9, 5])
    }

    @Test func `who names no client is none of those who ask most`() throws {
        let fixture = try LaneFixture(policy)
        for call in 1...64 { _ = try fixture.together(model("\(call)"), key("a"), key("a", hits: 0)) }
        let clients = TopClients.merged([fixture.lane.tally.clients], atMost: 5)
        #expect(clients.map(\.checks) == [128] && clients.count == 1)
    }

    @Test func `each member counts for its rule`() throws {
        let fixture = try LaneFixture(policy)
        _ = try fixture.together(key("a"), model("m", hits: 7), Descriptor(("trial", "")))
        _ = try fixture.together(Descriptor(("trial", "")), key("a"))
        _ = try fixture.together(Descriptor(("trial", "")), key("crawler"))
        let counts = fixture.lane.tally.named(under: fixture.register.policy)
        #expect(counts["key"]?.allowed == 2 && counts["model"]?.limited == 1 && counts["trial"]?.allowed == 3)
        #expect(counts["trial"]?.shadowLimited == 1 && counts[""]?.forbidden == 1)
    }
}
