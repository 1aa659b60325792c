import CNghttp2
import LimitCore
import Testing
import WireProtocol

/// A client of HTTP/2 that sends what it is told to, right or wrong, over a real connection.
final class HTTP2Peer {
    let client: WireClient
    private let inflater: OpaquePointer

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Connects and, unless told otherwise, exchanges settings.
    init(port: Int, settings: [(UInt16, UInt32)] = [], greets: Bool = true) throws {
        client = try WireClient(port: port)
        var inflater: OpaquePointer?
        nghttp2_hd_inflate_new(&inflater)
        self.inflater = try #require(inflater)
        guard greets else { return }
        let payload = settings.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 255)] + HTTP2Frame.bigEndian($0.1) }
        try client.send(Self.preface + HTTP2Frame(kind: HTTP2Frame.Kind.settings, payload: payload).bytes)
        _ = try next(HTTP2Frame.Kind.settings)
        try send(HTTP2Frame(kind: HTTP2Frame.Kind.settings, flags: HTTP2Frame.acknowledged))
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    func send(_ frames: HTTP2Frame...) throws { try client.send(frames.flatMap(\.bytes)) }

    /// The next frame of any kind.
    func next() throws -> HTTP2Frame {
        let header = try client.take(9)
        let count = header[..<3].reduce(0) { $0 << 8 | Int($1) }
        let stream = header[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return HTTP2Frame(kind: header[3], flags: header[4], stream: stream, payload: try client.take(count))
    }

    /// The next frame of a kind; others that come before are dropped.
    func next(_ kind: UInt8) throws -> HTTP2Frame {
        while true {
            let frame = try next()
            if frame.kind == HTTP2Frame.Kind.headers { _ = try fields(frame.payload) }
            if frame.kind == kind { return frame }
        }
    }

    /// The error and the words of the GOAWAY that must come; announcements of one are passed over.
    func farewell() throws -> (code: UInt32, words: String, last: UInt32) {
        while true {
            let frame = try next(HTTP2Frame.Kind.goAway)
            let last = frame.number(at: 0)
            if last == UInt32(Int32.max) { continue }
            return (frame.number(at: 4), String(decoding: frame.payload[8...], as: UTF8.self), last)
        }
    }

    /// Decodes a header block; all must be decoded in their order.
    func fields(_ block: [UInt8]) throws -> [String: String] {
        var found: [String: String] = [:]
        var position = 0
        while true {
            var field = nghttp2_nv()
            var flags: Int32 = 0
            let count = block[position...].withUnsafeBufferPointer {
                nghttp2_hd_inflate_hd2(inflater, &field, &flags, $0.baseAddress, $0.count, 1)
            }
            try #require(count >= 0)
            position += count
            if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue != 0 {
                let name = String(decoding: UnsafeBufferPointer(start: field.name, count: field.namelen), as: UTF8.self)
                found[name] = String(
                    decoding: UnsafeBufferPointer(start: field.value, count: field.valuelen),
                    as: UTF8.self
                )
            }
            if UInt32(flags) & NGHTTP2_HD_INFLATE_FINAL.rawValue != 0 {
                nghttp2_hd_inflate_end_headers(inflater)
                return found
            }
        }
    }
}

/// What a stream was answered with.
struct GRPCAnswer {
    var http = ""
    var head: [String: String] = [:]
    var data: [UInt8] = []
    var status: StatusCode?
    var message: String?
    /// The code of a RST_STREAM that came in place of an end.
    var reset: UInt32?
}

extension HTTP2Peer {
    static let check = "/headgate.v1.Limiter/Check"

    static func head(_ path: String, _ changes: [String: String?] = [:]) -> [(String, String)] {
        let fields = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("te", "trailers"),
            ("content-type", "application/grpc"),
        ]
        let known = Set(fields.map(\.0))
        let kept = fields.compactMap { name, value in
            guard let change = changes[name] else { return (name, value) }
            return change.map { (name, $0) }
        }
        return kept + changes.filter { !known.contains($0.key) }.compactMap { name, value in value.map { (name, $0) } }
    }

    static func headers(
        _ stream: UInt32,
        _ path: String = check,
        _ changes: [String: String?] = [:],
        ends: Bool = false
    ) -> HTTP2Frame {
        HTTP2Frame(
            kind: HTTP2Frame.Kind.headers,
            flags: HTTP2Frame.endHeaders | (ends ? HTTP2Frame.endStream : 0),
            stream: stream,
            payload: HTTP2Frame.literals(head(path, changes))
        )
    }

    static func data(_ stream: UInt32, _ payload: [UInt8], ends: Bool = true) -> HTTP2Frame {
        HTTP2Frame(
            kind: HTTP2Frame.Kind.data,
            flags: ends ? HTTP2Frame.endStream : 0,
            stream: stream,
            payload: payload
        )
    }

    /// A message with its prefix.
    static func message(_ bytes: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        [flag] + HTTP2Frame.bigEndian(UInt32(bytes.count)) + bytes
    }

    static func checkMessage(_ client: String, _ route: String = "/predict") throws -> [UInt8] {
        var bytes: [UInt8] = []
        try MessageEncoder().append(CheckRequest(client: client, route: route), to: &bytes)
        return message(bytes)
    }

    /// Opens a stream and asks a check on it.
    func check(_ stream: UInt32, _ client: String, _ changes: [String: String?] = [:]) throws {
        try send(Self.headers(stream, Self.check, changes), Self.data(stream, try Self.checkMessage(client)))
    }

    /// Reads until a stream has ended; frames of the connection are dropped, those of other streams fail the test.
    func answer(_ stream: UInt32) throws -> GRPCAnswer {
        var answer = GRPCAnswer()
        while true {
            let frame = try next()
            if frame.stream == 0 { continue }
            try #require(frame.stream == stream)
            switch frame.kind {
            case HTTP2Frame.Kind.headers:
                let fields = try fields(frame.payload)
                answer.head.merge(fields) { $1 }
                answer.http = answer.head[":status"] ?? ""
                answer.status = answer.head["grpc-status"].flatMap(UInt16.init).map(StatusCode.init(wire:))
                answer.message = answer.head["grpc-message"]
            case HTTP2Frame.Kind.data: answer.data += frame.payload
            case HTTP2Frame.Kind.reset:
                answer.reset = frame.number(at: 0)
                return answer
            default: continue
            }
            if frame.flags & HTTP2Frame.endStream != 0 { return answer }
        }
    }

    /// The response of a check that was answered with OK.
    func response(_ stream: UInt32) throws -> CheckResponse {
        let answer = try answer(stream)
        #expect(answer.http == "200" && answer.status == .ok)
        let (prefix, range) = (Array(answer.data.prefix(5)), 5..<max(5, answer.data.count))
        #expect(prefix == [0] + HTTP2Frame.bigEndian(UInt32(range.count)))
        return try MessageDecoder().decodeCheckResponse(answer.data.span.extracting(range))
    }
}
