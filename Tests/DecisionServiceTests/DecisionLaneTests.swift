import DecisionService
import LimitCore
import LimitPolicy
import Testing

@Suite struct DecisionLaneTests {
    let layered = """
        tiers: { free: {}, premium: { multiplier: 5 } }
        default-tier: free
        clients: { crawler: { blocked: true, message: Ask for a key }, gold: { tier: premium } }
        everywhere: [ 100 per hour ]
        routes:
          - { name: predict, route: /predict, limits: [ 10 per minute, { name: fleet, rate: 12 per minute, per: [] } ] }
          - { name: gold, route: /gold, require: { tier: premium, message: Premium access required }, limits: [ 2 per minute ] }
          - { name: free, route: /free, exempt: true }
          - { name: tokens, route: /tokens, limits: [ 90 tokens per minute ] }
          - { name: trial, route: /trial, shadow: true, limits: [ 1 per minute ] }
        """

    @Test func `a refusal charges none of the limits`() throws {
        let fixture = try LaneFixture(layered)
        for _ in 1...10 { #expect(try fixture.check("a", "/predict").verdict == .allowed) }
        for _ in 1...5 { #expect(try fixture.check("a", "/predict").verdict == .limited) }
        let all = try fixture.check("b", "/predict") { $0.allLimits = true }
        // 10 of a, 1 of b: the refused ones did not count against the fleet.
        #expect(all.limits.first { $0.name == "predict/fleet" }?.remaining == 1)
        #expect(try fixture.check("a", "/other") { $0.allLimits = true }.limits.first?.remaining == 89)
    }

    @Test func `the deciding limit comes first`() throws {
        let fixture = try LaneFixture(layered)
        let first = try fixture.check("a", "/predict") { $0.allLimits = true }
        #expect(
            first.limits.map(\.name) == [
                "predict/requests-per-1minute", "everywhere/requests-per-1hour", "predict/fleet",
            ]
        )
        for _ in 1...9 { _ = try fixture.check("a", "/predict") }
        for _ in 1...2 { _ = try fixture.check("b", "/predict") }
        let refused = try fixture.check("a", "/predict") { $0.allLimits = true }
        #expect(refused.limits.first?.limited == true && refused.reason == .rate)
        #expect(refused.limits.filter(\.limited).count == 2)
    }

    @Test func `a cost that can never fit says so and gives no time`() throws {
        let fixture = try LaneFixture(layered)
        let answer = try fixture.check("a", "/tokens") { $0.usage = ["tokens": 91] }
        #expect(answer.verdict == .limited && answer.reason == .costTooLarge)
        #expect(answer.never && answer.retryAfterMilliseconds == 0)
        #expect(try fixture.check("a", "/tokens") { $0.usage = ["tokens": 90] }.verdict == .allowed)
    }

    @Test func `retry_after is when the cost fits again`() throws {
        let fixture = try LaneFixture(layered)
        for _ in 1...10 { _ = try fixture.check("a", "/predict") }
        let wait = Int64(try fixture.check("a", "/predict").retryAfterMilliseconds)
        fixture.clock.advance((wait - 1) * 1000)
        #expect(try fixture.check("a", "/predict") { $0.peek = true }.verdict == .limited)
        fixture.clock.advance(1000)
        #expect(try fixture.check("a", "/predict").verdict == .allowed)
    }

    @Test func `a peek charges nothing`() throws {
        let fixture = try LaneFixture(layered)
        for _ in 1...30 {
            let peek = try fixture.check("a", "/predict") { request in
                request.peek = true
                request.allLimits = true
            }
            #expect(peek.limits.map(\.remaining) == [100, 10, 12])
        }
    }

    @Test func `a forbidden call has the policy's words and no limits`() throws {
        let fixture = try LaneFixture(layered)
        let blocked = try fixture.check("crawler", "/predict")
        #expect(blocked.verdict == .forbidden && blocked.reason == .blocked && blocked.message == "Ask for a key")
        let tier = try fixture.check("a", "/gold")
        #expect(tier.verdict == .forbidden && tier.reason == .tier && tier.message == "Premium access required")
        #expect(tier.limits.isEmpty && tier.rule == "gold")
        #expect(try fixture.check("gold", "/gold").limits.first?.limit == 10)
    }

    @Test func `a shadow limit is charged and marked and never in the way`() throws {
        let fixture = try LaneFixture(layered)
        #expect(try fixture.check("a", "/trial") { $0.allLimits = true }.limits.last?.limited == false)
        let second = try fixture.check("a", "/trial") { $0.allLimits = true }
        #expect(second.verdict == .allowed && second.limits.first?.name == "everywhere/requests-per-1hour")
        #expect(second.limits.last?.limited == true && second.limits.last?.shadow == true)
        let totals = LaneTally.totals([fixture.lane.tally], under: fixture.register.policy)
        #expect(totals.first { $0.rule == "trial" }?.verdicts.shadowLimited == 1)
    }

    @Test func `each sink is flushed once a batch`() throws {
        let fixture = try LaneFixture(layered)
        let (one, two) = (Answers(), Answers())
        for ticket in 0..<6 {
            _ = try fixture.lane.questions.append(
                CheckRequest(client: "c\(ticket)", route: ticket % 2 == 0 ? "/free" : "/predict")
            )
            fixture.lane.ask(ticket < 3 ? one : two, ticket: UInt64(ticket))
        }
        fixture.lane.flush()
        #expect(Set(one.responses.keys) == [0, 1, 2] && Set(two.responses.keys) == [3, 4, 5])
        #expect(one.flushes >= 1 && two.flushes >= 1)
        fixture.lane.flush()
        #expect(one.responses.count == 3)
    }

    @Test func `a call whose time is up is not charged`() throws {
        let fixture = try LaneFixture(layered)
        let answers = Answers()
        _ = try fixture.lane.questions.append(CheckRequest(client: "a", route: "/predict"))
        fixture.lane.ask(answers, ticket: 1, timeLeft: 1000)
        fixture.clock.advance(1000)
        fixture.lane.flush()
        #expect(answers.failures[1] == .deadlineExceeded)
        #expect(try fixture.check("a", "/predict").limits.first?.remaining == 9)
    }

    @Test func `the counts are by rule and verdict, and survive a reload`() throws {
        let fixture = try LaneFixture(layered)
        for _ in 1...12 { _ = try fixture.check("a", "/predict") }
        _ = try fixture.check("a", "/gold")
        _ = try fixture.check("a", "/elsewhere")
        fixture.register.replace(
            with: try Policy.load(Array(layered.replacing("10 per", with: "11 per").utf8), name: ""),
            now: 1
        )
        _ = try fixture.check("a", "/predict")
        let totals = LaneTally.totals([fixture.lane.tally], under: fixture.register.policy)
        let predict = totals.first { $0.rule == "predict" }?.verdicts
        #expect(predict?.allowed == 11 && predict?.limited == 2)
        #expect(totals.first { $0.rule == "gold" }?.verdicts.forbidden == 1)
        #expect(totals.first { $0.rule.isEmpty }?.verdicts.allowed == 1)
    }
}

@Suite struct LateStoreTests {
    let policy = "routes: [ { name: r, route: /r, limits: [ 3 per minute ] } ]"

    @Test func `batches in flight answer their own askers`() throws {
        var late: LateStore?
        let fixture = try LaneFixture(policy) { clock in
            let store = LateStore(clock)
            late = store
            return store
        }
        var all: [Answers] = []
        for batch in 0..<20 {
            let answers = Answers()
            _ = try fixture.lane.questions.append(CheckRequest(client: "c\(batch % 4)", route: "/r"))
            fixture.lane.ask(answers, ticket: UInt64(batch))
            fixture.lane.flush()
            #expect(answers.responses.isEmpty)
            all.append(answers)
        }
        late?.answerAll()
        let allowed = all.enumerated().count { $1.responses[UInt64($0)]?.verdict == .allowed }
        #expect(all.enumerated().allSatisfy { $1.responses.count == 1 && $1.responses[UInt64($0)] != nil })
        #expect(allowed == 12)
    }

    @Test func `what the store could not decide is unavailable, each answered once`() throws {
        var late: LateStore?
        let fixture = try LaneFixture(policy) { clock in
            let store = LateStore(clock)
            late = store
            return store
        }
        let answers = Answers()
        for ticket in 0..<3 {
            _ = try fixture.lane.questions.append(CheckRequest(client: "a", route: "/r"))
            fixture.lane.ask(answers, ticket: UInt64(ticket))
        }
        fixture.lane.flush()
        late?.answerOldest([1], with: .unknown)
        #expect(Set(answers.responses.keys) == [1])
        #expect(answers.responses[1]?.verdict == .unavailable && answers.responses[1]?.degraded == true)
        #expect(fixture.lane.tally.degraded == 1)
        answers.responses = [:]
        late?.answerOldest([0, 2], with: .admitted)
        #expect(Set(answers.responses.keys) == [0, 2])
    }
}
