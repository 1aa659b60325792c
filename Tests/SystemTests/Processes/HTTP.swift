import Foundation

/// Requests to a daemon's HTTP port, each on a connection of its own.
struct HTTP: Sendable {
    let port: Int

    struct Answer: Sendable {
        var status: Int
        var head: String
        var body: String

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try JSONDecoder().decode(type, from: Data(body.utf8))
        }
    }

    func get(_ path: String) throws -> Answer { try ask("GET", path, "") }

    func post(_ path: String, _ body: String) throws -> Answer { try ask("POST", path, body) }

    private func ask(_ method: String, _ path: String, _ body: String) throws -> Answer {
        let socket = try Socket(port: port)
        let head = [
            "\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close",
            "Content-Type: application/json", "Content-Length: \(body.utf8.count)", "", "",
        ]
        try socket.send(Array((head.joined(separator: "\r\n") + body).utf8))
        var bytes: [UInt8] = []
        do {
            while true { try socket.receive(into: &bytes) }
        } catch is Socket.Closed {}
        let text = String(decoding: bytes, as: UTF8.self)
        let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) }
        guard let status, let rest = text.range(of: "\r\n\r\n") else { throw Socket.Closed() }
        return Answer(status: status, head: String(text[..<rest.lowerBound]), body: String(text[rest.upperBound...]))
    }
}
