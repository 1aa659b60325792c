import LimitCore
import RPCServer
import Testing
import WireProtocol

/// gRPC as a client sees it, frame by frame.
@Suite(.timeLimit(.minutes(1))) struct GRPCConnectionTests {
    @Test func `a limit holds over both dialects and says what is left`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let peer = try HTTP2Peer(port: server.port)
            let compact = try server.connect()
            for call in 1...10 {
                let left: UInt64?
                if call % 2 == 0 {
                    try compact.check("alice", "/predict", call: UInt32(call))
                    left = try compact.response().response.limits.first?.remaining
                } else {
                    try peer.check(UInt32(call), "alice")
                    left = try peer.response(UInt32(call)).limits.first?.remaining
                }
                #expect(left == UInt64(10 - call))
            }
            try peer.check(11, "alice")
            #expect(try peer.response(11).verdict == .limited)
        }
    }

    @Test func `a call may come byte by byte`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let peer = try HTTP2Peer(port: server.port)
            let frames = HTTP2Peer.headers(1).bytes + HTTP2Peer.data(1, try HTTP2Peer.checkMessage("slow")).bytes
            for byte in frames { try peer.client.send([byte]) }
            #expect(try peer.response(1).limits.first?.remaining == 9)
        }
    }

    @Test func `streams at once are answered each once`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let peer = try HTTP2Peer(port: server.port)
            var bytes: [UInt8] = []
            for call in 0..<200 {
                bytes += HTTP2Peer.headers(UInt32(2 * call + 1)).bytes
                bytes += HTTP2Peer.data(UInt32(2 * call + 1), try HTTP2Peer.checkMessage("c\(call % 7)")).bytes
            }
            try peer.client.send(bytes)
            var ended: Set<UInt32> = []
            while ended.count < 200 {
                let frame = try peer.next()
                if frame.kind == HTTP2Frame.Kind.headers { _ = try peer.fields(frame.payload) }
                #expect(frame.kind != HTTP2Frame.Kind.reset)
                if frame.stream != 0, frame.flags & HTTP2Frame.endStream != 0 {
                    #expect(ended.insert(frame.stream).inserted)
                }
            }
            #expect(try server.onLoop { $0.callsInFlight } == 0)
        }
    }

    @Test func `a CheckMany answers in the order of its questions`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let peer = try HTTP2Peer(port: server.port)
            let requests = (0..<256).map { CheckRequest(client: $0 < 11 ? "alice" : "c\($0)", route: "/predict") }
            var bytes: [UInt8] = []
            try MessageEncoder().append(requests, to: &bytes)
            let message = HTTP2Peer.message(bytes)
            try peer.send(HTTP2Peer.headers(1, "/headgate.v1.Limiter/CheckMany"), HTTP2Peer.data(1, message))
            let answer = try peer.answer(1)
            #expect(answer.status == .ok)
            let responses = try MessageDecoder().decodeCheckManyResponse(Array(answer.data[5...]).span)
            #expect(responses.count == 256)
            #expect(responses.indices.filter { responses[$0].verdict == .limited } == [10])
        }
    }

    /// Header fields, and what they are answered with: a status of HTTP, or of gRPC.
    static let heads: [([String: String?], String, StatusCode?)] = [
        (["content-type": "application/grpc+proto"], "200", .ok),
        (["content-type": "application/grpc;charset=utf-8"], "200", .ok),
        (["content-type": "application/json"], "415", nil),
        (["content-type": "application/grpc-web"], "415", nil),
        (["content-type": "application/grpc+json"], "415", nil),
        (["content-type": nil], "415", nil),
        ([":method": "GET"], "405", nil),
        ([":path": "/headgate.v1.Limiter/Nope"], "200", .unimplemented),
        ([":path": "/nobody.Nothing/Check"], "200", .unimplemented),
        ([":path": "/"], "200", .unimplemented),
        (["grpc-timeout": "1S"], "200", .ok),
        (["grpc-timeout": "soon"], "200", .invalidArgument),
        (["grpc-timeout": "0m"], "200", .deadlineExceeded),
        (["grpc-encoding": "identity"], "200", .ok),
        (["grpc-encoding": "gzip"], "200", .ok),
        (["grpc-encoding": "snappy"], "200", .unimplemented),
        (["te": nil], "200", .ok),
        (["x-long": String(repeating: "x", count: 9000)], "431", nil),
    ]

    @Test(arguments: heads)
    func `header fields are checked before the message`(
        changes: [String: String?],
        http: String,
        status: StatusCode?
    ) async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.check(1, "alice", changes)
            let answer = try peer.answer(1)
            #expect(answer.http == http && answer.status == status)
            if changes["grpc-encoding"] == "snappy" {
                #expect(answer.head["grpc-accept-encoding"] == "identity,gzip")
            }
            try peer.check(3, "alice")
            #expect(try peer.answer(3).status == .ok, "the connection goes on")
        }
    }

    /// What a stream carries, and the status gRPC has for it.
    static let bodies: [(String, [UInt8], StatusCode, String)] = [
        ("nothing", [], .unimplemented, "without a message"),
        ("half a prefix", [0, 0, 0], .internal, "within its message"),
        ("half a message", [0, 0, 0, 0, 9, 1], .internal, "within its message"),
        ("unknown flags", [2, 0, 0, 0, 0], .internal, "flags"),
        ("compressed without an encoding", [1, 0, 0, 0, 1, 0], .internal, "compressed"),
        ("two messages", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .unimplemented, "more than one"),
        ("too long a message", [0, 0, 1, 0, 1], .resourceExhausted, "65537"),
        ("an absurd length", [0, 255, 255, 255, 255], .resourceExhausted, "4294967295"),
        ("no protobuf", [0, 0, 0, 0, 1, 255], .invalidArgument, "protobuf"),
        ("an empty message", [0, 0, 0, 0, 0], .invalidArgument, "client is empty"),
        ("NUL", [0, 0, 0, 0, 5, 0x0a, 3, 0x61, 0, 0x62], .invalidArgument, "client contains"),
        ("UTF-8", [0, 0, 0, 0, 4, 0x0a, 2, 0x61, 0xff], .invalidArgument, "client is not valid"),
    ]

    @Test(arguments: bodies)
    func `a broken call gets the status of gRPC`(
        name: String,
        body: [UInt8],
        status: StatusCode,
        words: String
    ) async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.send(HTTP2Peer.headers(1), HTTP2Peer.data(1, body))
            let answer = try peer.answer(1)
            #expect(answer.http == "200" && answer.status == status)
            #expect(answer.message?.contains(words) == true, "\(answer.message ?? "")")
            try peer.check(3, "alice")
            #expect(try peer.answer(3).status == .ok, "the connection goes on")
            #expect(try server.onLoop { $0.callsInFlight } == 0)
        }
    }

    @Test func `an answer that does not wait for the request tells the peer to stop`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.send(HTTP2Peer.headers(1), HTTP2Peer.data(1, [0, 0, 1, 0, 1], ends: false))
            #expect(try peer.answer(1).status == .resourceExhausted)
            let reset = try peer.next(HTTP2Frame.Kind.reset)
            #expect(reset.stream == 1 && reset.number(at: 0) == 0)
        }
    }

    @Test func `the longest message is taken`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            // An unknown field, with a tag of two bytes and a length of three, pads the message to exactly the bound.
            var message = Array(try HTTP2Peer.checkMessage("alice")[5...])
            let pad = WireBounds.requestFrame - message.count - 5
            message += [0xFA, 0x01, UInt8(pad & 127) | 128, UInt8(pad >> 7 & 127) | 128, UInt8(pad >> 14)]
            message += Array(repeating: 0, count: pad)
            var body = HTTP2Peer.message(message)
            #expect(body.count == 5 + WireBounds.requestFrame)
            try peer.send(HTTP2Peer.headers(1))
            while !body.isEmpty {
                let piece = Array(body.prefix(16_384))
                body.removeFirst(piece.count)
                try peer.send(HTTP2Peer.data(1, piece, ends: body.isEmpty))
            }
            #expect(try peer.response(1).verdict == .allowed)
        }
    }

    @Test func `peers of both dialects agree on hostile text byte for byte`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let peer = try HTTP2Peer(port: server.port)
            let compact = try server.connect()
            var generator = SplitMix(seed: 20_261_123)
            var call: UInt32 = 1
            for _ in 0..<600 {
                let message = hostileCheck(&generator)
                let frame: [UInt8] = [0, 0, UInt8(message.count >> 8), UInt8(message.count & 255), 2, 0, 0, 0]
                try compact.send(frame + HTTP2Frame.bigEndian(call) + message)
                let (answered, payload) = try compact.receive()
                try peer.send(HTTP2Peer.headers(call), HTTP2Peer.data(call, HTTP2Peer.message(message)))
                let answer = try peer.answer(call)
                #expect(answer.status == answered.status, "seed 20261123, \(message)")
                if answered.status == .ok {
                    let first = try MessageDecoder().decodeCheckResponse(payload.span)
                    let second = try MessageDecoder().decodeCheckResponse(Array(answer.data[5...]).span)
                    // Both count in the same counter: the second finds one less.
                    #expect(first.rule == second.rule && first.limits.count == second.limits.count)
                    for (one, other) in zip(first.limits, second.limits) {
                        #expect(one.name == other.name)
                        #expect(other.remaining == (one.remaining == 0 ? 0 : one.remaining - 1), "\(message)")
                    }
                } else {
                    let words = try MessageDecoder().decodeFailure(payload.span)
                    #expect(answer.message == String(decoding: PercentEncoded(words).bytes, as: UTF8.self))
                }
                call += 2
            }
        }
    }

    /// A CheckRequest whose client is made of bytes that are trouble, and so is its length now and then.
    private func hostileCheck(_ generator: inout SplitMix) -> [UInt8] {
        let pieces: [[UInt8]] = [
            [0x61], [0x62, 0x6F, 0x62], [0], [0x0A], [0x7F], [0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xFF], [0xC0, 0x80],
            [0xED, 0xA0, 0x80], [0xE2, 0x80, 0xAE], [0x25], [0x7B, 0x7D], [0x3A], [0xF0, 0x9F, 0xA6, 0x8A], [0x20],
        ]
        var client: [UInt8] = []
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            client += pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        }
        if Int.random(in: 0..<20, using: &generator) == 0 { client += Array(repeating: 0x78, count: 513) }
        let route = Array("/predict".utf8)
        let count = HTTP2Frame.varint(client.count)
        return [0x0A] + count + client + [0x12, UInt8(route.count)] + route
    }
}

/// The words as a grpc-message carries them, by a second hand.
private struct PercentEncoded {
    let bytes: [UInt8]

    init(_ words: String) {
        bytes = words.utf8.flatMap { byte -> [UInt8] in
            if byte >= 0x20, byte < 0x7F, byte != 0x25 { return [byte] }
            let digits = Array("0123456789ABCDEF".utf8)
            return [0x25, digits[Int(byte / 16)], digits[Int(byte % 16)]]
        }
    }
}

extension HTTP2Frame {
    /// A length as protobuf writes it.
    fileprivate static func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128, UInt8(value >> 7)]
    }
}

/// Steele, Lea and Flood's SplitMix64: the same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
