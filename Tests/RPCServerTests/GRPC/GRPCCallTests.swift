import DecisionService
import LimitCore
import NIOCore
import Testing
import WireProtocol

@testable import RPCServer

/// Calls that a store takes its time for.
@Suite(.timeLimit(.minutes(1))) struct GRPCCallTests {
    /// Waits until the store was asked for as many checks; the peer's next ping tells that the server has read on.
    private func expectAsked(_ count: Int, of store: HeldStore, by peer: HTTP2Peer) throws {
        try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: Array(repeating: 1, count: 8)))
        _ = try peer.next(HTTP2Frame.Kind.ping)
        #expect(store.count == count)
    }

    @Test func `a deadline is kept though the store has not answered, and its answer is dropped`() async throws {
        let store = HeldStore()
        try await RunningServer.with(policy: tenAMinute, store: store) { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.check(1, "alice", ["grpc-timeout": "30m"])
            try peer.check(3, "alice", ["grpc-timeout": "20S"])
            let late = try peer.answer(1)
            #expect(late.status == .deadlineExceeded)
            #expect(try server.onLoop { $0.callsInFlight } == 2, "the store has both")
            try server.onLoop { _ in store.release() }
            #expect(try peer.response(3).limits.first?.remaining == 8, "both were charged by then")
            #expect(try server.onLoop { $0.callsInFlight } == 0)
        }
    }

    @Test func `a cancelled call leaves nothing behind`() async throws {
        let store = HeldStore()
        try await RunningServer.with(policy: tenAMinute, store: store) { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.check(1, "alice")
            try expectAsked(1, of: store, by: peer)
            try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.reset, stream: 1, payload: HTTP2Frame.bigEndian(8)))
            try peer.check(3, "alice")
            try expectAsked(2, of: store, by: peer)
            try server.onLoop { _ in store.release() }
            // Anything sent on stream 1 would fail this.
            #expect(try peer.response(3).limits.first?.remaining == 8)
            #expect(try server.onLoop { $0.callsInFlight } == 0)
            try peer.check(5, "alice")
            try expectAsked(3, of: store, by: peer)
            try server.onLoop { _ in store.release() }
            #expect(try peer.response(5).limits.first?.remaining == 7, "its slot serves again")
        }
    }

    @Test func `a connection that goes with calls in flight leaves nothing behind`() async throws {
        let store = HeldStore()
        try await RunningServer.with(policy: tenAMinute, store: store) { server in
            let other = try HTTP2Peer(port: server.port)
            do {
                let peer = try HTTP2Peer(port: server.port)
                for call in 0..<5 { try peer.check(UInt32(2 * call + 1), "alice", ["grpc-timeout": "9S"]) }
                try expectAsked(5, of: store, by: peer)
            }
            while server.server.connectionCount > 1 {}
            #expect(try server.onLoop { $0.callsInFlight } == 5)
            try server.onLoop { _ in store.release() }
            #expect(try server.onLoop { $0.callsInFlight } == 0)
            try other.check(1, "alice")
            try expectAsked(6, of: store, by: other)
            try server.onLoop { _ in store.release() }
            #expect(try other.response(1).limits.first?.remaining == 4)
        }
    }

    @Test func `calls past the daemon's bound are refused in both dialects`() async throws {
        let store = HeldStore()
        try await RunningServer.with(policy: tenAMinute, store: store, configure: { $0.maxCalls = 2 }) { server in
            let peer = try HTTP2Peer(port: server.port)
            let compact = try server.connect()
            try peer.check(1, "alice")
            try expectAsked(1, of: store, by: peer)
            try compact.check("alice", "/predict", call: 2)
            while store.count < 2 {}
            try peer.check(3, "alice")
            #expect(try peer.answer(3).status == .resourceExhausted)
            try compact.check("alice", "/predict", call: 4)
            #expect(try compact.failure().frame.status == .resourceExhausted)
            try server.onLoop { _ in store.release() }
            #expect(try peer.response(1).verdict == .allowed)
            #expect(try compact.response().response.verdict == .allowed)
            try peer.check(5, "alice")
            try expectAsked(3, of: store, by: peer)
        }
    }

    @Test func `a drain tells the peer twice and answers what is in flight`() async throws {
        let store = HeldStore()
        try await RunningServer.with(policy: tenAMinute, store: store) { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.check(1, "alice")
            try expectAsked(1, of: store, by: peer)
            server.shutDown()
            #expect(try peer.next(HTTP2Frame.Kind.goAway).number(at: 0) == UInt32(Int32.max))
            // A stream that was under way when the first one came is served as well.
            try peer.check(3, "alice")
            let ping = try peer.next(HTTP2Frame.Kind.ping)
            let answer = HTTP2Frame(kind: HTTP2Frame.Kind.ping, flags: HTTP2Frame.acknowledged, payload: ping.payload)
            try peer.send(answer)
            let farewell = try peer.farewell()
            #expect(farewell.code == 0 && farewell.last == 3)
            try server.onLoop { _ in store.release() }
            #expect(try peer.response(1).verdict == .allowed)
            #expect(try peer.response(3).verdict == .allowed)
            #expect(try peer.client.isClosedByPeer())
        }
    }

    @Test func `a drain waits for answers that the peer has no room for yet`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            // SETTINGS_INITIAL_WINDOW_SIZE 10: an answer is longer.
            let peer = try HTTP2Peer(port: server.port, settings: [(4, 10)])
            try peer.check(1, "alice")
            let first = try peer.next(HTTP2Frame.Kind.data)
            #expect(first.payload.count == 10)
            server.shutDown()
            #expect(try peer.farewell().last == 1)
            let room = HTTP2Frame.bigEndian(1 << 16)
            try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.windowUpdate, stream: 1, payload: room))
            let rest = try peer.answer(1)
            let message = Array((first.payload + rest.data)[5...])
            #expect(rest.status == .ok)
            #expect(try MessageDecoder().decodeCheckResponse(message.span).limits.first?.remaining == 9)
            #expect(try peer.client.isClosedByPeer())
        }
    }

    @Test func `a connection that is old must dial again, in both dialects`() async throws {
        try await RunningServer.with(configure: {
            $0.maxConnectionAge = .seconds(1)
            $0.drainTimeout = .seconds(1)
        }) { server in
            let peer = try HTTP2Peer(port: server.port)
            let compact = try server.connect()
            try compact.check("alice", "/x", call: 1)
            _ = try compact.response()
            try peer.check(1, "alice")
            #expect(try peer.response(1).verdict == .allowed)
            #expect(try compact.failure().message.contains("dial again"))
            try compact.check("alice", "/x", call: 2)
            #expect(try compact.response().response.verdict == .allowed, "it was under way")
            #expect(try peer.farewell().last == 1)
            #expect(try peer.client.isClosedByPeer())
            #expect(try compact.failure().message.contains("dial again"))
            #expect(try compact.isClosedByPeer())
        }
    }

    @Test func `a watch is told of each change, and ends with a drain`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            let watch = "/grpc.health.v1.Health/Watch"
            let limiter = HTTP2Peer.message([0x0A, 19] + Array("headgate.v1.Limiter".utf8))
            let nobody = HTTP2Peer.message([0x0A, 1, 0x78])
            try peer.send(HTTP2Peer.headers(1, watch), HTTP2Peer.data(1, HTTP2Peer.message([])))
            #expect(try peer.next(HTTP2Frame.Kind.data).payload == [0, 0, 0, 0, 2, 8, 1])
            try peer.send(HTTP2Peer.headers(3, watch), HTTP2Peer.data(3, limiter))
            #expect(try peer.next(HTTP2Frame.Kind.data).payload == [0, 0, 0, 0, 2, 8, 1])
            try peer.send(HTTP2Peer.headers(5, watch), HTTP2Peer.data(5, nobody))
            #expect(try peer.next(HTTP2Frame.Kind.data).payload == [0, 0, 0, 0, 2, 8, 3])
            try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.reset, stream: 1, payload: HTTP2Frame.bigEndian(8)))
            try peer.check(7, "alice")
            _ = try peer.response(7)
            for (isServing, status) in [(false, 2), (true, 1)] as [(Bool, UInt8)] {
                try server.onLoop { $0.setServing(isServing) }
                let told = try peer.next(HTTP2Frame.Kind.data)
                #expect(told.stream == 3 && told.payload == [0, 0, 0, 0, 2, 8, status])
            }
            server.shutDown()
            let last = try peer.next(HTTP2Frame.Kind.data)
            #expect(last.stream == 3 && last.payload == [0, 0, 0, 0, 2, 8, 2])
            #expect(try peer.farewell().code == 0)
        }
    }
}
