import Foundation
import NIOCore

/// An answer as it was read from the socket.
struct TestReply: Sendable {
    var status: Int
    /// By name in lower case.
    var fields: [String: String]
    var body: String

    /// Takes one answer from the bytes, or nothing where it is not yet complete.
    init?(taking buffer: inout ByteBuffer, isToHead: Bool) {
        let view = buffer.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var lines = String(decoding: view[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let start = lines.removeFirst().split(separator: " ")
        guard start.count > 1, start[0] == "HTTP/1.1", let status = Int(start[1]) else { return nil }
        self.status = status
        fields = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let length = isToHead ? 0 : Int(fields["content-length"] ?? "0") ?? 0
        guard view.distance(from: end.upperBound, to: view.endIndex) >= length else { return nil }
        body = String(decoding: view[end.upperBound...].prefix(length), as: UTF8.self)
        buffer.moveReaderIndex(forwardBy: view.distance(from: view.startIndex, to: end.upperBound) + length)
    }

    /// The body as JSON.
    func json<Body: Decodable>(_ type: Body.Type = Body.self) throws -> Body {
        try JSONDecoder().decode(type, from: Data(body.utf8))
    }

    /// The text of an error.
    var error: String? { try? json([String: String].self)["error"] }
}

/// As much of a check's answer as the tests look at.
struct CheckBodySeen: Decodable, Equatable {
    struct Limit: Decodable, Equatable {
        var limit: UInt64
        var remaining: UInt64
        var limited: Bool
    }

    var verdict: String
    var reason: String?
    var message: String?
    var retry_after_ms: UInt64?
    var limits: [Limit]?
}

struct CheckManySeen: Decodable {
    var results: [CheckBodySeen]
}
