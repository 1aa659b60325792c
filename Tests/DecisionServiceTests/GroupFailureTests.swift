import DecisionService
import LimitCore
import LimitPolicy
import LimitStore
import Testing

/// Groups while the shared store is out.
@Suite struct GroupFailureTests {
    static let policy = """
        routes:
          - { name: local, match: { k: local }, limits: [ { name: all, rate: 10 per minute, per: [] } ] }
          - { name: open, match: { k: open }, on-store-failure: allow, limits: [ 1 per minute ] }
          - { name: closed, match: { k: closed }, on-store-failure: refuse, limits: [ 1 per minute ] }
          - { name: free, match: { k: free }, exempt: true }
        """

    private func fixture(daemons: Int = 2) throws -> LaneFixture {
        try LaneFixture(Self.policy, store: { _ in AbsentStore() }, daemons: daemons)
    }

    private func named(_ value: String, hits: Int64 = 1) -> Descriptor { Descriptor(("k", value), hits: hits) }

    @Test func `one rule that refuses makes all of them unavailable, and nothing is charged`() throws {
        let fixture = try fixture()
        for _ in 1...3 {
            let answers = try fixture.together(named("local"), named("closed"), named("open"))
            #expect(answers.verdicts == [.unavailable, .unavailable, .unavailable])
        }
        #expect(try fixture.together(named("local")).remaining == [4])
    }

    @Test func `those that are allowed are not charged, and the rest is one step in memory`() throws {
        let fixture = try fixture()
        let answers = try fixture.together(
            named("open"),
            named("local", hits: 2),
            named("free"),
            named("local", hits: 2)
        )
        #expect(answers.verdicts == [.allowed, .allowed, .allowed, .allowed])
        #expect(answers.map(\.degraded) == [true, true, false, true])
        #expect(answers.remaining == [nil, 1, nil, 1], "half of 10, less 4")
        let refused = try fixture.together(named("open"), named("local", hits: 2))
        #expect(refused.verdicts == [.allowed, .limited])
        #expect(try fixture.together(named("open"), named("free")).verdicts == [.allowed, .allowed])
        #expect(fixture.lane.tally.degraded == 8)
    }

    @Test(arguments: 1...4)
    func `a question for one more is asked of this daemon's share`(daemons: Int) throws {
        let fixture = try fixture(daemons: daemons)
        let share = UInt64(10 / daemons)
        for left in (1...share).reversed() {
            #expect(try fixture.together(named("local", hits: 0)).remaining == [left])
            #expect(try fixture.together(named("local")).verdicts == [.allowed])
        }
        #expect(try fixture.together(named("local", hits: 0)).verdicts == [.limited])
    }

    @Test func `an answer that is late for a group is its first check's`() throws {
        var store: LateStore?
        let fixture = try LaneFixture(
            Self.policy,
            store: {
                let late = LateStore($0)
                store = late
                return late
            },
            daemons: 1
        )
        let late = try #require(store)
        let (first, second) = (Answers(), Answers())
        try fixture.addTogether([named("local"), named("local")], first)
        try fixture.addTogether([named("local"), named("free")], second)
        fixture.lane.flush()
        late.answerOldest([1, 3], with: .admitted)
        #expect(first.responses.isEmpty && second.responses.isEmpty, "only the first check of each stands for it")
        late.answerOldest([0], with: .unknown)
        #expect(first.responses.count == 2 && first.responses.values.allSatisfy { $0.degraded && $0.remaining == 8 })
        #expect(second.responses.isEmpty)
        late.answerOldest([2], with: .admitted)
        #expect(second.responses.count == 2)
        #expect(first.flushes == 1 && second.flushes == 1)
    }
}
