import Foundation

@testable import RedisStore

/// A blocking connection for a test's own questions to a server.
final class TestConnection {
    enum Answer: Equatable {
        case text(String)
        case error(String)
        case integer(Int64)
        case null
        case array(Int)
    }

    private let descriptor: Int32
    private let reader = ReplyReader(limit: 1 << 24)

    init(port: Int, seconds: Int = 5) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        // A class that throws here is deinitialised, which closes the descriptor.
        if !connected { throw TestFailure("cannot connect to port \(port)") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw TestFailure("the server is gone") }
            sent += count
        }
    }

    /// Waits for a whole reply.
    func reply() throws -> Reply {
        var result: Reply?
        while try !reader.next({ result = copy $0 }) {
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw TestFailure("the server is gone") }
            try chunk.withUnsafeBytes { try reader.feed(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return result!
    }

    func ask(_ parts: [String]) throws -> Reply {
        var text = "*\(parts.count)\r\n"
        for part in parts { text += "$\(part.utf8.count)\r\n\(part)\r\n" }
        try send(Array(text.utf8))
        return try reply()
    }

    @discardableResult
    func command(_ parts: String...) throws -> Answer {
        let reply = try ask(parts)
        switch reply.nodes[0] {
        case .status, .string: return .text(reply.text(0) ?? "")
        case .error: return .error(reply.text(0) ?? "")
        case .integer(let value): return .integer(value)
        case .array(let count): return .array(count)
        case .null: return .null
        }
    }
}
