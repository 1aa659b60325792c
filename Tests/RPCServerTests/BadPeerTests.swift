import LimitCore
import NIOCore
import RPCServer
import Testing
import WireProtocol

/// What a peer may do wrong, and that the daemon goes on.
@Suite(.timeLimit(.minutes(1))) struct BadPeerTests {
    /// That an honest caller is still served.
    private func expectService(_ server: RunningServer) throws {
        let client = try server.connect()
        try client.check("honest", "/predict", call: 1)
        #expect(try client.response().response.verdict == .allowed)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n", "HGATE/2\n", "\0\0\0\0\0\0\0\0", "\u{16}\u{3}\u{1}hello",
        "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n",
    ])
    func `a connection that speaks no dialect of ours is closed`(first: String) async throws {
        try await RunningServer.with { server in
            let client = try server.connect(preface: false)
            try client.send(Array(first.utf8))
            #expect(try client.isClosedByPeer())
            try expectService(server)
        }
    }

    @Test func `half a preface is closed after the handshake timeout`() async throws {
        try await RunningServer.with(configure: { $0.handshakeTimeout = .milliseconds(1) }) { server in
            let client = try server.connect(preface: false)
            try client.send(Array("HGA".utf8))
            #expect(try client.isClosedByPeer())
        }
    }

    @Test func `a connection that sends no frame is closed with the reason`() async throws {
        try await RunningServer.with(configure: { $0.handshakeTimeout = .milliseconds(1) }) { server in
            let client = try server.connect()
            let (frame, message) = try client.failure()
            #expect(frame.kind == FrameKind.goAway.rawValue && message.contains("handshake"))
            #expect(try client.isClosedByPeer())
        }
    }

    @Test func `half a frame is closed after the frame timeout`() async throws {
        try await RunningServer.with(configure: { $0.frameTimeout = .milliseconds(1) }) { server in
            let client = try server.connect()
            try client.check("alice", "/predict", call: 1)
            _ = try client.response()
            try client.send([0, 0, 0, 9, 2, 0])
            #expect(try client.failure().message.contains("not completed"))
            #expect(try client.isClosedByPeer())
        }
    }

    @Test func `an idle connection is pinged, then closed`() async throws {
        try await RunningServer.with(configure: { $0.idleTimeout = .seconds(2) }) { server in
            let client = try server.connect()
            try client.check("alice", "/predict", call: 1)
            _ = try client.response()
            let ping = try client.receive().frame
            #expect(ping.kind == FrameKind.ping.rawValue && !ping.isResponse)
            #expect(try client.failure().message == "idle")
            #expect(try client.isClosedByPeer())
        }
    }

    @Test(arguments: [65_537, 1 << 31, UInt32.max])
    func `a frame past the bound ends the connection with the reason`(count: UInt32) async throws {
        try await RunningServer.with { server in
            let client = try server.connect()
            try client.send([UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)])
            try client.send([2, 0, 0, 0, 0, 0, 0, 1])
            let (frame, message) = try client.failure()
            #expect(frame.kind == FrameKind.goAway.rawValue && message.contains("\(count)"))
            #expect(try client.isClosedByPeer())
            try expectService(server)
        }
    }

    /// A request's header and payload, and the status that answers it.
    struct BadCall: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var kind: UInt8 = 2
        var flags: UInt8 = 0
        var call: UInt8 = 9
        var payload: [UInt8] = []
        var status: StatusCode
        var words: String
    }

    static let badCalls: [BadCall] = [
        BadCall(testDescription: "garbage", payload: [0xff, 0xff, 0xff], status: .invalidArgument, words: "protobuf"),
        BadCall(testDescription: "empty", status: .invalidArgument, words: "client is empty"),
        BadCall(
            testDescription: "no route",
            payload: [0x0a, 1, 0x61],
            status: .invalidArgument,
            words: "route is empty"
        ),
        BadCall(
            testDescription: "NUL",
            payload: [0x0a, 3, 0x61, 0, 0x62],
            status: .invalidArgument,
            words: "client contains"
        ),
        BadCall(
            testDescription: "UTF-8",
            payload: [0x0a, 2, 0x61, 0xff],
            status: .invalidArgument,
            words: "client is not valid"
        ),
        BadCall(
            testDescription: "too long",
            payload: [0x0a, 0x81, 0x04] + Array(repeating: 0x61, count: 513),
            status: .invalidArgument,
            words: "client is longer than 512"
        ),
        BadCall(testDescription: "call id 0", call: 0, status: .invalidArgument, words: "call id"),
        BadCall(testDescription: "unknown kind", kind: 99, status: .unimplemented, words: "99"),
        BadCall(testDescription: "flags", flags: 0x80, status: .invalidArgument, words: "flags"),
        BadCall(
            testDescription: "long ping",
            kind: 7,
            payload: Array(repeating: 0, count: 65),
            status: .invalidArgument,
            words: "64"
        ),
        BadCall(testDescription: "empty CheckMany", kind: 3, status: .invalidArgument, words: "checks"),
    ]

    @Test(arguments: badCalls)
    func `a broken call is answered and the connection goes on`(bad: BadCall) async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect()
            let count = bad.payload.count
            let header: [UInt8] = [
                0, 0, UInt8(count >> 8), UInt8(count & 255), bad.kind, bad.flags, 0, 0, 0, 0, 0, bad.call,
            ]
            try client.send(header + bad.payload)
            let (frame, message) = try client.failure()
            #expect(frame.isResponse && frame.kind == bad.kind && frame.call == UInt32(bad.call))
            #expect(frame.status == bad.status)
            #expect(message.contains(bad.words), "\(message)")
            try client.check("honest", "/predict", call: 2)
            #expect(try client.response().response.limits.first?.remaining == 9)
        }
    }

    @Test func `bad inline limits name the field and charge nothing`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect()
            try client.check("alice", "/predict", call: 1) {
                $0.limits = [.init(rate: "5/minute"), .init(rate: "banana")]
            }
            let (frame, message) = try client.failure()
            #expect(frame.status == .invalidArgument)
            #expect(message.hasPrefix("limits[1].rate") && message.contains("banana"), "\(message)")
            try client.check("alice", "/predict", call: 2)
            #expect(try client.response().response.limits.first?.remaining == 9)
        }
    }

    @Test func `more connections than allowed are closed, and room comes back`() async throws {
        try await RunningServer.with(configure: { $0.maxConnections = 2 }) { server in
            var clients = [try server.connect(), try server.connect()]
            for (call, client) in clients.enumerated() {
                try client.check("a", "/x", call: UInt32(call + 1))
                _ = try client.response()
            }
            #expect(try server.connect().isClosedByPeer())
            clients.removeLast()
            var served = false
            while !served {
                let next = try server.connect()
                served = (try? next.check("a", "/x", call: 1)) != nil && (try? next.response()) != nil
            }
            #expect(served)
        }
    }

    @Test(arguments: [1, 7, 1_000_003])
    func `random bytes after the preface never stop the daemon`(seed: UInt64) async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            var state = seed
            for _ in 0..<60 {
                let client = try server.connect()
                var bytes: [UInt8] = []
                for _ in 0..<400 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    // Short lengths, so that many frames are whole.
                    bytes.append(bytes.count % 24 < 3 ? 0 : UInt8(state >> 56) & (bytes.count % 24 == 3 ? 15 : 255))
                }
                try? client.send(bytes)
            }
            try expectService(server)
        }
    }

    @Test func `a peer that reads nothing is closed and holds no memory`() async throws {
        try await RunningServer.with(configure: {
            $0.maxUnsent = 1 << 16
            $0.writeTimeout = .milliseconds(1)
        }) { server in
            let client = try server.connect()
            var bytes: [UInt8] = []
            for call in 1...4000 {
                try Frame.appendRequest(.check, call: UInt32(call), to: &bytes) { out throws(WireError) in
                    try MessageEncoder().append(CheckRequest(client: "deaf", route: "/x"), to: &out)
                }
            }
            // The peer's own sends block once the daemon stops reading; it is closed soon after.
            var isCut = false
            while !isCut {
                do { try client.send(bytes) } catch { isCut = true }
            }
            #expect(isCut)
            try expectService(server)
        }
    }
}
