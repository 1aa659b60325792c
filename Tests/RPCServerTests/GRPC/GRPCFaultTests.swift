import LimitCore
import NIOCore
import Testing
import WireProtocol

@testable import RPCServer

/// What a peer of HTTP/2 may do wrong, and that the daemon goes on.
@Suite(.timeLimit(.minutes(1))) struct GRPCFaultTests {
    private static let enhanceYourCalm: UInt32 = 11

    /// That an honest caller is still served, and that nothing is left of the others.
    private func expectService(_ server: RunningServer) throws {
        let peer = try HTTP2Peer(port: server.port)
        try peer.check(1, "honest")
        #expect(try peer.response(1).verdict == .allowed)
        #expect(try server.onLoop { $0.callsInFlight } == 0)
    }

    /// That the peer is told to calm down, and cut off.
    private func expectCalm(_ peer: HTTP2Peer, _ words: String) throws {
        let farewell = try peer.farewell()
        #expect(farewell.code == Self.enhanceYourCalm && farewell.words.contains(words), "\(farewell)")
        #expect(try peer.client.isClosedByPeer())
    }

    @Test func `a rapid reset is cut off after 200 of them`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            var bytes: [UInt8] = []
            for call in 0..<201 {
                let stream = UInt32(2 * call + 1)
                bytes += HTTP2Peer.headers(stream).bytes
                let code = HTTP2Frame.bigEndian(8)
                bytes += HTTP2Frame(kind: HTTP2Frame.Kind.reset, stream: stream, payload: code).bytes
            }
            try peer.client.send(bytes)
            try expectCalm(peer, "reset")
            try expectService(server)
        }
    }

    @Test func `a caller that resets a fifth of its streams keeps its connection`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            var stream: UInt32 = 1
            for _ in 0..<300 {
                for _ in 0..<4 {
                    try peer.check(stream, "busy")
                    #expect(try peer.answer(stream).status == .ok)
                    stream += 2
                }
                try peer.send(
                    HTTP2Peer.headers(stream),
                    HTTP2Frame(kind: HTTP2Frame.Kind.reset, stream: stream, payload: HTTP2Frame.bigEndian(8))
                )
                stream += 2
            }
            try peer.check(stream, "busy")
            #expect(try peer.answer(stream).status == .ok)
        }
    }

    @Test func `frames that force the server to reset count as resets`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            var bytes: [UInt8] = []
            for call in 0..<300 {
                let stream = UInt32(2 * call + 1)
                bytes += HTTP2Peer.headers(stream).bytes
                // An increment of 0 is an error of the stream (RFC 9113, 6.9).
                let zero = HTTP2Frame.bigEndian(0)
                bytes += HTTP2Frame(kind: HTTP2Frame.Kind.windowUpdate, stream: stream, payload: zero).bytes
            }
            try peer.client.send(bytes)
            // A next read finds the count past its bound.
            try? peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: Array(repeating: 0, count: 8)))
            _ = try peer.farewell()
            #expect(try peer.client.isClosedByPeer())
            try expectService(server)
        }
    }

    /// Frames that cost their receiver more than their sender.
    static let floods: [(String, HTTP2Frame)] = [
        ("ping", HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: Array(repeating: 7, count: 8))),
        ("settings", HTTP2Frame(kind: HTTP2Frame.Kind.settings)),
        ("priority", HTTP2Frame(kind: HTTP2Frame.Kind.priority, stream: 1, payload: [0, 0, 0, 0, 16])),
        ("window update", HTTP2Frame(kind: HTTP2Frame.Kind.windowUpdate, payload: HTTP2Frame.bigEndian(1))),
        ("unknown type", HTTP2Frame(kind: 0xBB, payload: [1])),
    ]

    @Test(arguments: floods)
    func `a flood of control frames is cut off`(name: String, frame: HTTP2Frame) async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.client.send(Array(repeating: frame.bytes, count: 1100).flatMap { $0 })
            try expectCalm(peer, "too_many_pings")
            try expectService(server)
        }
    }

    @Test func `a flood of empty data is cut off`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.send(HTTP2Peer.headers(1))
            try peer.client.send(
                Array(repeating: HTTP2Peer.data(1, [], ends: false).bytes, count: 1100).flatMap { $0 }
            )
            try expectCalm(peer, "too_many_pings")
            try expectService(server)
        }
    }

    @Test func `pings within the budget are answered each`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            for number in 0..<200 {
                let content = HTTP2Frame.bigEndian(UInt32(number)) + [0, 0, 0, 0]
                try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: content))
                let answer = try peer.next(HTTP2Frame.Kind.ping)
                #expect(answer.flags == HTTP2Frame.acknowledged && answer.payload == content)
            }
        }
    }

    @Test func `a header block of endless continuations is cut off`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            var bytes = HTTP2Frame(kind: HTTP2Frame.Kind.headers, stream: 1, payload: []).bytes
            for _ in 0..<9 {
                let more = HTTP2Frame.literals([("x", "y")])
                bytes += HTTP2Frame(kind: HTTP2Frame.Kind.continuation, stream: 1, payload: more).bytes
            }
            try peer.client.send(bytes)
            try expectCalm(peer, "header block")
            try expectService(server)
        }
    }

    @Test func `a header list that unpacks to much more than it is ends the connection`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            // One entry of 3 KiB into the dynamic table, then a byte for each use of it: 6 MiB of header list.
            var block = HTTP2Frame.literals(HTTP2Peer.head(HTTP2Peer.check))
            block += [0x40] + HTTP2Frame.text("bomb") + HTTP2Frame.text(String(repeating: "x", count: 3000))
            block += Array(repeating: 0x80 | 62, count: 2000)
            try peer.send(
                HTTP2Frame(kind: HTTP2Frame.Kind.headers, flags: HTTP2Frame.endHeaders, stream: 1, payload: block)
            )
            _ = try peer.farewell()
            #expect(try peer.client.isClosedByPeer())
            try expectService(server)
        }
    }

    @Test func `a table size past the one offered ends the connection`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            let block =
                HTTP2Frame.integer(1 << 20, prefix: 5, pattern: 0x20)
                + HTTP2Frame.literals(HTTP2Peer.head(HTTP2Peer.check))
            try peer.send(
                HTTP2Frame(kind: HTTP2Frame.Kind.headers, flags: HTTP2Frame.endHeaders, stream: 1, payload: block)
            )
            #expect(try peer.farewell().code == 9)
            try expectService(server)
        }
    }

    @Test func `a peer that gives no room for answers is cut off`() async throws {
        try await RunningServer.with(configure: { $0.writeTimeout = .seconds(1) }) { server in
            // SETTINGS_INITIAL_WINDOW_SIZE 0: no stream may carry data to this peer.
            let peer = try HTTP2Peer(port: server.port, settings: [(4, 0)])
            for call in 0..<50 { try peer.check(UInt32(2 * call + 1), "deaf") }
            try expectCalm(peer, "not read")
            try expectService(server)
        }
    }

    @Test func `a peer that reads nothing is closed and holds no memory`() async throws {
        try await RunningServer.with(
            policy: tenAMinute,
            configure: {
                $0.maxUnsent = 1 << 16
                $0.writeTimeout = .seconds(1)
            }
        ) { server in
            // All the room there can be, so that only the socket holds answers up, and answers of 20 KiB each.
            let peer = try HTTP2Peer(port: server.port, settings: [(4, 1 << 30)])
            let room = HTTP2Frame.bigEndian(1 << 30)
            try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.windowUpdate, payload: room))
            var checks: [UInt8] = []
            let questions = Array(repeating: CheckRequest(client: "deaf", route: "/predict"), count: 256)
            try MessageEncoder().append(questions, to: &checks)
            var stream: UInt32 = 1
            var isCut = false
            while !isCut {
                let call = HTTP2Peer.headers(stream, "/headgate.v1.Limiter/CheckMany").bytes
                let bytes = call + HTTP2Peer.data(stream, HTTP2Peer.message(checks)).bytes
                do { try peer.client.send(bytes) } catch { isCut = true }
                stream += 2
            }
            try expectService(server)
            #expect(try server.onLoop { $0.heldBytes } == 0)
        }
    }

    @Test func `what peers leave unfinished and unread is bounded over all connections`() async throws {
        try await RunningServer.with(configure: { $0.maxHeldBytes = 100_000 }) { server in
            let half = [0, 0, 0, 0xEA, 0x60] + Array(repeating: 0 as UInt8, count: 15_000)
            let peers = try (0..<3).map { _ in try HTTP2Peer(port: server.port) }
            for (number, peer) in peers.enumerated() {
                for stream in [1, 3] as [UInt32] {
                    try peer.send(HTTP2Peer.headers(stream), HTTP2Peer.data(stream, half, ends: false))
                }
                try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: Array(repeating: 1, count: 8)))
                _ = try peer.next(HTTP2Frame.Kind.ping)
                #expect(try server.onLoop { $0.heldBytes } == 30_010 * (number + 1))
            }
            try peers[0].send(HTTP2Peer.data(1, Array(repeating: 0, count: 15_000), ends: false))
            #expect(try peers[0].answer(1).status == .resourceExhausted)
            #expect(try server.onLoop { $0.heldBytes } == 75_025)
            // A window of nothing: its answer is held until the stream is reset.
            let deaf = try HTTP2Peer(port: server.port, settings: [(4, 0)])
            try deaf.check(1, "deaf")
            try deaf.send(HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: Array(repeating: 1, count: 8)))
            _ = try deaf.next(HTTP2Frame.Kind.ping)
            #expect(try server.onLoop { $0.heldBytes } > 75_025)
            try deaf.send(HTTP2Frame(kind: HTTP2Frame.Kind.reset, stream: 1, payload: HTTP2Frame.bigEndian(8)))
            for peer in peers {
                for stream in [1, 3] as [UInt32] {
                    let code = HTTP2Frame.bigEndian(8)
                    try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.reset, stream: stream, payload: code))
                }
            }
            for peer in peers + [deaf] {
                try peer.send(HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: Array(repeating: 1, count: 8)))
                _ = try peer.next(HTTP2Frame.Kind.ping)
            }
            #expect(try server.onLoop { $0.heldBytes } == 0)
        }
    }

    @Test(arguments: [0, 10, 24])
    func `a half-open handshake is closed`(count: Int) async throws {
        try await RunningServer.with(configure: { $0.handshakeTimeout = .milliseconds(1) }) { server in
            let peer = try HTTP2Peer(port: server.port, greets: false)
            if count > 0 { try peer.client.send(Array(HTTP2Peer.preface.prefix(count))) }
            #expect(try peer.client.isClosedByPeer())
        }
    }

    @Test func `half a frame is closed after the frame timeout`() async throws {
        try await RunningServer.with(configure: { $0.frameTimeout = .milliseconds(1) }) { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.client.send([0, 0, 8, 6, 0])
            #expect(try peer.farewell().words.contains("not completed"))
            #expect(try peer.client.isClosedByPeer())
        }
    }

    @Test func `a call whose request does not end is answered`() async throws {
        try await RunningServer.with(configure: { $0.frameTimeout = .seconds(1) }) { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.send(HTTP2Peer.headers(1), HTTP2Peer.data(1, [0, 0], ends: false))
            let answer = try peer.answer(1)
            #expect(answer.status == .deadlineExceeded && answer.message?.contains("not completed") == true)
        }
    }

    @Test func `an idle connection is pinged, then closed`() async throws {
        try await RunningServer.with(configure: { $0.idleTimeout = .seconds(2) }) { server in
            let peer = try HTTP2Peer(port: server.port)
            let ping = try peer.next(HTTP2Frame.Kind.ping)
            #expect(ping.flags == 0 && ping.payload.count == 8)
            #expect(try peer.farewell().words == "idle")
            #expect(try peer.client.isClosedByPeer())
        }
    }

    @Test func `what breaks HTTP/2 ends the connection with its code`() async throws {
        try await RunningServer.with { server in
            // DATA on stream 0, an even stream, a frame past the size offered, HEADERS on a stream that is over.
            let broken: [(HTTP2Frame, UInt32)] = [
                (HTTP2Peer.data(0, [1]), 1),
                (HTTP2Peer.headers(2), 1),
                (HTTP2Frame(kind: HTTP2Frame.Kind.data, stream: 1, payload: Array(repeating: 0, count: 16_385)), 6),
                (HTTP2Frame(kind: HTTP2Frame.Kind.ping, payload: [1]), 6),
                (HTTP2Frame(kind: HTTP2Frame.Kind.windowUpdate, payload: [0x7F, 0xFF, 0xFF, 0xFF]), 3),
            ]
            for (frame, code) in broken {
                let peer = try HTTP2Peer(port: server.port)
                try peer.send(frame)
                #expect(try peer.farewell().code == code, "\(frame.kind)")
                #expect(try peer.client.isClosedByPeer())
            }
            try expectService(server)
        }
    }

    @Test(arguments: [1, 7, 1_000_003] as [UInt64])
    func `random frames never stop the daemon`(seed: UInt64) async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            var generator = SplitMix(seed: seed)
            for _ in 0..<60 {
                let peer = try HTTP2Peer(port: server.port)
                var bytes: [UInt8] = []
                for _ in 0..<20 {
                    let payload = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                        UInt8.random(in: 0...255, using: &generator)
                    }
                    bytes +=
                        HTTP2Frame(
                            kind: UInt8.random(in: 0...10, using: &generator),
                            flags: UInt8.random(in: 0...255, using: &generator),
                            stream: UInt32.random(in: 0...9, using: &generator),
                            payload: Bool.random(using: &generator)
                                ? payload : HTTP2Frame.literals(HTTP2Peer.head(HTTP2Peer.check)) + payload
                        ).bytes
                }
                try? peer.client.send(bytes)
            }
            try expectService(server)
        }
    }
}
