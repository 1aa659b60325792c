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
