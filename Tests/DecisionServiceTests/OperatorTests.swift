import DecisionService
import LimitCore
import LimitPolicy
import Testing

@Suite struct OperatorTests {
    private static let policy = """
        tiers: { free: {}, gold: { multiplier: 5 } }
        default-tier: free
        routes:
          - { name: predict, route: /predict, limits: [ { name: own, rate: 20 per minute } ] }
        """

    private func change(_ kind: OperatorChange.Kind, until: Microseconds? = nil, at: Microseconds = 1) -> OperatorChange
    {
        OperatorChange(kind: kind, until: until, signature: OperatorEntry.Signature(by: "olga", at: at))
    }

    private func apply(_ changes: [OperatorChange], to client: String, in fixture: LaneFixture) throws {
        var document = OperatorDocument()
        for change in changes { try document.apply(change, to: ClientDigest(of: client), at: fixture.clock.now) }
        fixture.register.setOperators(document.clients)
    }

    @Test func `tier multiplier 5 on 20 is 100`() throws {
        let fixture = try LaneFixture(Self.policy)
        try apply([change(.tier("gold"))], to: "a", in: fixture)
        #expect(try fixture.check("a", "/predict").limits.first?.limit == 100)
        #expect(try fixture.check("b", "/predict").limits.first?.limit == 20)
    }

    @Test func `a lane follows from its next batch on, and until the end by the register's clock`() throws {
        let fixture = try LaneFixture(Self.policy)
        #expect(try fixture.check("a", "/predict").verdict == .allowed)
        try apply([change(.block(message: "No"), until: fixture.clock.now + 1000)], to: "a", in: fixture)
        #expect(try fixture.check("a", "/predict").message == "No")
        fixture.clock.advance(1000)
        #expect(try fixture.check("a", "/predict").verdict == .allowed)
    }

    @Test func `a reset gives the whole limit back, each time anew`() throws {
        let fixture = try LaneFixture(Self.policy)
        for generation in 1...3 {
            for _ in 1...20 { #expect(try fixture.check("a", "/predict").verdict == .allowed) }
            #expect(try fixture.check("a", "/predict").verdict == .limited)
            try apply(Array(repeating: change(.reset, at: fixture.clock.now), count: generation), to: "a", in: fixture)
        }
        #expect(try fixture.check("a", "/predict").limits.first?.remaining == 19)
    }

    @Test func `an override acts at once on what is spent`() throws {
        let fixture = try LaneFixture(Self.policy)
        for _ in 1...10 { _ = try fixture.check("a", "/predict") }
        try apply([change(.override(limit: "predict/own", count: 5))], to: "a", in: fixture)
        #expect(try fixture.check("a", "/predict").verdict == .limited)
        try apply([change(.override(limit: "predict/own", count: 12))], to: "a", in: fixture)
        #expect(try fixture.check("a", "/predict").limits.first?.remaining == 1)
    }

    @Test func `decisions outlive the policy they were made under`() throws {
        let fixture = try LaneFixture("routes: []")
        try apply([change(.override(limit: "predict/own", count: 3)), change(.tier("gold"))], to: "a", in: fixture)
        #expect(try fixture.check("a", "/predict").limits.isEmpty)
        fixture.register.replace(with: try Policy.load(Array(Self.policy.utf8), name: "test"), now: 0)
        #expect(try fixture.check("a", "/predict").limits.first?.limit == 3)
    }

    @Test func `what is taken back leaves no entry, what has ended goes with the next change`() throws {
        var document = OperatorDocument()
        let client = ClientDigest(of: "a")
        try document.apply(change(.block(message: "")), to: client, at: 1)
        try document.apply(change(.tier("gold")), to: client, at: 1)
        try document.apply(change(.override(limit: "x", count: 1)), to: client, at: 1)
        #expect(document.clients.count == 1)
        for kind in [OperatorChange.Kind.unblock, .tier(nil), .override(limit: "x", count: nil), .unblock] {
            try document.apply(change(kind), to: client, at: 1)
        }
        #expect(document.clients.isEmpty)
        try document.apply(change(.block(message: ""), until: 5), to: client, at: 1)
        try document.apply(change(.reset), to: ClientDigest(of: "b"), at: 5)
        #expect(document.clients.keys.map { $0 } == [ClientDigest(of: "b")])
    }

    @Test func `a document and a client's part of it have bounds`() throws {
        let entry = OperatorEntry()
        var clients: [ClientDigest: OperatorEntry] = [:]
        for index in 0..<OperatorDocument.mostClients {
            var entry = entry
            entry.reset = OperatorEntry.Reset(generation: 1, signature: OperatorEntry.Signature(by: "", at: 1))
            clients[ClientDigest(of: "\(index)")] = entry
        }
        var full = try OperatorDocument(clients)
        try full.apply(change(.unblock), to: ClientDigest(of: "0"), at: 1)
        #expect(throws: AdminFailure.self) {
            try full.apply(change(.reset), to: ClientDigest(of: "one more"), at: 1)
        }
        var document = OperatorDocument()
        for index in 0..<64 {
            try document.apply(change(.override(limit: "\(index)", count: 1)), to: ClientDigest(of: "a"), at: 1)
        }
        #expect(throws: AdminFailure.full("a client has at most 64 overrides")) {
            try document.apply(change(.override(limit: "64", count: 1)), to: ClientDigest(of: "a"), at: 1)
        }
    }
}
