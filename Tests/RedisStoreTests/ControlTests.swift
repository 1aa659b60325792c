import LimitCore
import NIOCore
import Testing

@testable import RedisStore

@Suite(.timeLimit(.minutes(2)))
struct ControlTests {
    /// Runs a body with a control connection that answers.
    private func withControl(
        _ url: String,
        _ body: @Sendable (NIOLoopBound<RedisControl>, any EventLoop) async throws -> Void
    ) async throws {
        try await withDaemon(url) { daemon in
            let loop = daemon.loop
            let store = daemon.store
            let control = try await loop.submit {
                NIOLoopBound(store.makeControl(loop) { TestDaemon.now() }, eventLoop: loop)
            }.get()
            try await eventually("the control connection is ready") {
                (try? await loop.flatSubmit { control.value.read("none") }.get()) != nil
            }
            try await body(control, loop)
            try await loop.submit { control.value.stop() }.get()
        }
    }

    @Test func `daemons know each other while they are alive`() async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withControl("redis://127.0.0.1:\(server.port)") { control, loop in
            let one = try await loop.flatSubmit { control.value.beat(id: "b", address: "10.0.0.1:1") }.get()
            #expect(one == [RedisControl.Peer(id: "b", address: "10.0.0.1:1")])
            let two = try await loop.flatSubmit { control.value.beat(id: "a", address: "") }.get()
            #expect(two.map(\.id) == ["a", "b"])
            try await eventually("the silent one is gone") {
                try await loop.flatSubmit { control.value.beat(id: "a", address: "", lifetime: 100_000) }.get().count
                    == 1
            }
        }
        #expect(try redis.command("PTTL", "hg:{control}:daemons") != .integer(-1))
    }

    @Test func `a document is read once per version and written over the one it was read from`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withControl("redis://127.0.0.1:\(server.port)") { control, loop in
            let none = try await loop.flatSubmit { control.value.read("policy") }.get()
            #expect(none == RedisControl.Document(version: 0, content: []))
            let large = String(repeating: "x", count: 3 << 20)
            let first = try await loop.flatSubmit { control.value.write("policy", large, over: 0) }.get()
            #expect(first == .done(version: 1))
            let late = try await loop.flatSubmit { control.value.write("policy", "other", over: 0) }.get()
            #expect(late == .conflict(version: 1))
            let forced = try await loop.flatSubmit { control.value.read("policy", known: 0) }.get()
            #expect(forced.version == 1 && forced.content?.count == 3 << 20)
            let same = try await loop.flatSubmit { control.value.read("policy", known: 1) }.get()
            #expect(same == RedisControl.Document(version: 1, content: nil))
            let over = try await loop.flatSubmit { control.value.write("policy", "other") }.get()
            #expect(over == .done(version: 2))
        }
    }

    private static func report(
        _ name: String,
        _ state: ReplicaState,
        lifetime: Microseconds = 60_000_000,
        age: Microseconds = 0
    ) -> ReplicaReport {
        let report = ReportRequest(replica: name, pool: "llama", state: state, load: 0.25)
        return ReplicaReport(report: report, lifetime: lifetime, age: age)
    }

    @Test func `replicas are kept with their state's first report, by the store's clock, and no later one is lost`()
        async throws
    {
        let server = try RedisServer()
        let redis = try server.connect()
        try await withControl("redis://127.0.0.1:\(server.port)") { control, loop in
            @Sendable func tell(_ reports: ReplicaReport...) async throws -> StoredReplicas {
                try await loop.flatSubmit { control.value.report(reports) }.get()
            }
            #expect(try await tell().replicas == [])
            let first = try await tell(Self.report("a", .warming, age: 5_000_000))
            let a = try #require(first.replicas.first)
            #expect((a.pool, a.name, a.state, a.load) == ("llama", "a", .warming, 0.25))
            #expect(a.since == first.time - 5_000_000 && a.seen == a.since && a.lifetime == 60_000_000)
            let second = try await tell(Self.report("a", .warming), Self.report("b", .ready))
            #expect(second.replicas.map(\.name).sorted() == ["a", "b"])
            let again = try #require(second.replicas.first { $0.name == "a" })
            #expect(again.since == a.since && again.seen == second.time)
            let late = try await tell(Self.report("a", .ready, age: 4_000_000))
            #expect(late.replicas.contains { $0 == again }, "it came before what is known")
            let ready = try await tell(Self.report("a", .ready))
            let now = try #require(ready.replicas.first { $0.name == "a" })
            #expect(now.state == .ready && now.since == ready.time)
            _ = try await tell(Self.report("b", .ready, lifetime: 1))
            let left = try await tell(Self.report("a", .ready))
            #expect(left.replicas.map(\.name) == ["a"])
        }
        guard case .integer(let left) = try redis.command("PTTL", "hg:{control}:replicas") else { return }
        #expect((1...60_000).contains(left))
    }

    @Test func `bytes that are no replicas are none`() throws {
        #expect(StoredReplicas(time: 1, packed: [UInt8]())?.replicas == [])
        #expect(StoredReplicas(time: 1, packed: [1, 2, 3]) == nil)
        #expect(StoredReplicas(time: 1, packed: [UInt8](repeating: 0xFF, count: 64)) == nil)
        let empty = [UInt8](repeating: 0, count: 32)
        #expect(StoredReplicas(time: 1, packed: empty + [2, 1, 0x70, 1, 0x61])?.replicas.map(\.name) == ["a"])
        #expect(StoredReplicas(time: 1, packed: empty + [9, 1, 0x70, 1, 0x61]) == nil)
        #expect(StoredReplicas(time: 1, packed: empty + [2, 1, 0x70, 2, 0x61]) == nil)
        #expect(StoredReplicas(time: 1, packed: empty + [2, 1, 0xFF, 1, 0x61]) == nil)
    }

    @Test func `without a store every question fails in time`() async throws {
        let server = try RedisServer()
        _ = try server.connect()
        try await withControl("redis://127.0.0.1:\(server.port)") { control, loop in
            server.freeze()
            let start = TestDaemon.now()
            await #expect(throws: StoreError.self) {
                try await loop.flatSubmit { control.value.beat(id: "a", address: "") }.get()
            }
            #expect(TestDaemon.now() - start < 3_000_000)
        }
    }
}
