import DecisionService
import LimitCore
import LimitPolicy
import LimitStoreTesting
import Synchronization
import Testing

@Suite struct ReplicaTests {
    private static let second: Microseconds = 1_000_000
    private let warmUp = WarmUp(pool: "llama", factor: 200_000, minimum: 1, ramp: 60 * second)

    private func report(_ name: String, _ state: ReplicaState, ttl: Int64 = 0) -> ReportRequest {
        ReportRequest(replica: name, pool: "llama", state: state, ttlMilliseconds: ttl)
    }

    private func scale(_ reports: [(ReplicaState, Microseconds)], at now: Microseconds) -> Int64 {
        var table = ReplicaTable()
        for (index, (state, time)) in reports.enumerated() {
            table.note(report("\(index)", state, ttl: 1_000_000), at: time)
        }
        return ReplicaView(table, at: now).scale(of: warmUp)
    }

    @Test func `the tutorial's numbers`() {
        #expect(scale([(.warming, 0)], at: 0) == 200_000)
        #expect(scale([(.ready, 0)], at: 0) == 1_000_000)
        #expect(scale([(.warming, 0), (.ready, 0)], at: 0) == 600_000)
        #expect(scale([(.draining, 0)], at: 0) == 0)
        #expect(scale([], at: 0) == 1_000_000)
    }

    @Test func `a warming replica rises evenly from the factor to 1 over the ramp and stays there`() {
        #expect(scale([(.warming, 0)], at: 30 * Self.second) == 600_000)
        #expect(scale([(.warming, 0)], at: 60 * Self.second - 1) == 999_999)
        #expect(scale([(.warming, 0)], at: 60 * Self.second) == 1_000_000)
        #expect(scale([(.warming, 0)], at: 900 * Self.second) == 1_000_000)
        #expect(scale([(.warming, 0)], at: -5) == 200_000, "a clock that stepped back")
        #expect(scale([(.ready, 0), (.ready, 0), (.draining, 0)], at: 0) == 666_666)
    }

    @Test func `a ramp begins with the first report of warming and anew after another state or silence`() {
        var table = ReplicaTable()
        func since() -> Microseconds? { table.pools["llama"]?["a"]?.since }
        table.note(report("a", .warming), at: 10)
        table.note(report("a", .warming), at: 5_000_000)
        #expect(since() == 10)
        table.note(report("a", .ready), at: 6_000_000)
        table.note(report("a", .warming), at: 7_000_000)
        #expect(since() == 7_000_000)
        table.note(report("a", .ready), at: 6_500_000)
        #expect(since() == 7_000_000, "older than what is known")
        table.note(report("a", .warming), at: 17_000_000)
        #expect(since() == 17_000_000, "silent for its ten seconds")
    }

    @Test func `a silent replica is forgotten when it said it would be`() {
        var table = ReplicaTable()
        table.note(report("a", .ready, ttl: 3), at: 0)
        table.note(report("b", .ready), at: 0)
        table.forget(at: 2_999)
        #expect(table.pools["llama"]?.count == 2)
        table.forget(at: 3_000)
        #expect(table.pools["llama"]?.keys.sorted() == ["b"])
        table.forget(at: 10_000_000)
        #expect(table.pools.isEmpty)
    }

    @Test func `there are so many replicas and no more`() {
        var table = ReplicaTable()
        let taken = (0..<ReplicaTable.most).count { table.note(report("\($0)", .ready, ttl: 1), at: 0) }
        let further = table.note(report("one more", .ready), at: 0)
        let known = table.note(report("0", .warming), at: 1)
        #expect(taken == ReplicaTable.most && !further && known)
        table.forget(at: 1_000)
        let later = table.note(report("one more", .ready), at: 1_000)
        #expect(later && table.pools["llama"]?.count == 2)
    }

    private static let policy = """
        routes:
          - name: chat
            route: /chat
            pool: llama
            warm-up: { factor: 0.2, minimum: 2, ramp: 60s }
            limits: [ { name: own, rate: 50 per minute } ]
          - name: slow
            route: /slow
            pool: llama
            warm-up: { factor: 0.1, ramp: 60s }
            limits: [ { name: own, rate: 50 per minute } ]
        """

    private func limit(_ fixture: LaneFixture, _ route: String = "/chat") throws -> UInt64? {
        try fixture.check("a", route) { $0.peek = true }.limits.first?.limit
    }

    private func report(_ request: ReportRequest, to fixture: LaneFixture) throws -> ReportResponse {
        var result: Result<ReportResponse, CallFailure>?
        fixture.lane.report(request) { result = $0 }
        return try #require(result).get()
    }

    @Test func `a report acts on the lane's next check and is answered with the pool's smallest scale`() throws {
        let fixture = try LaneFixture(Self.policy)
        #expect(try limit(fixture) == 50)
        #expect(try report(report("a", .warming), to: fixture) == ReportResponse(scale: 0.1, replicas: 1))
        #expect(try limit(fixture) == 10 && limit(fixture, "/slow") == 5)
        fixture.clock.advance(30 * Self.second / 4)
        #expect(try report(report("b", .ready), to: fixture).replicas == 2)
        #expect(try limit(fixture) == 32)
        _ = try report(report("a", .draining), to: fixture)
        _ = try report(report("b", .draining), to: fixture)
        #expect(try limit(fixture) == 2 && limit(fixture, "/slow") == 1, "the minimum")
        fixture.clock.advance(11 * Self.second)
        fixture.replicas.refresh()
        #expect(try limit(fixture) == 50, "nobody reports any more")
    }

    @Test func `a policy that comes later scales by the replicas that are there`() throws {
        let fixture = try LaneFixture("routes: []")
        #expect(try report(report("a", .warming), to: fixture) == ReportResponse(scale: 1, replicas: 1))
        fixture.register.replace(with: try Policy.load(Array(Self.policy.utf8), name: "test"), now: 0)
        #expect(try limit(fixture) == 10)
    }

    @Test func `a report without a state is refused`() throws {
        let fixture = try LaneFixture(Self.policy)
        #expect(throws: CallFailure.invalid(InvalidField("state", "is not given"))) {
            try report(report("a", .unspecified), to: fixture)
        }
    }

    @Test func `what the store tells replaces what is known, but not what it was not told yet`() throws {
        let fixture = try LaneFixture(Self.policy)
        _ = fixture.replicas.note(report("mine", .ready))
        let pending = fixture.replicas.takePending()
        #expect(pending.map(\.report.replica) == ["mine"] && fixture.replicas.takePending().isEmpty)
        _ = fixture.replicas.note(report("later", .ready))
        var stored = ReplicaTable()
        stored.note(report("other", .draining), at: 5_000)
        fixture.replicas.told(stored, at: 6_000)
        let pool = try #require(fixture.replicas.view.pools(under: fixture.register.policy).first)
        #expect(pool.replicas.map(\.id) == ["later", "other"] && pool.scale == 0.5)
        #expect(fixture.replicas.takePending().map(\.report.replica) == ["later"])
    }

    @Test func `while the store is out nobody is forgotten, and what it missed is told later`() throws {
        let fixture = try LaneFixture(Self.policy)
        _ = fixture.replicas.note(report("mine", .warming))
        let pending = fixture.replicas.takePending()
        _ = fixture.replicas.note(report("mine", .ready))
        fixture.replicas.notTold(pending)
        fixture.clock.advance(3600 * Self.second)
        #expect(fixture.replicas.view.pools(under: fixture.register.policy).first?.replicas.count == 1)
        #expect(fixture.replicas.takePending().map(\.report.state) == [.ready], "the newer one")
    }

    @Test func `a replica that warms up for longer than the longest ramp is flagged`() throws {
        let fixture = try LaneFixture(Self.policy)
        _ = fixture.replicas.note(report("a", .warming, ttl: 1_000_000))
        fixture.clock.advance(60 * Self.second)
        let policy = fixture.register.policy
        #expect(fixture.replicas.view.pools(under: policy).first?.replicas.first?.isOverdue == false)
        fixture.clock.advance(1)
        let pool = try #require(fixture.replicas.view.pools(under: policy).first)
        #expect(pool.replicas.first?.isOverdue == true && pool.scale == 1)
    }
}
