import Foundation
import LimitCore
import TestCertificates
import WireProtocol

/// A daemon of a test that speaks TLS, and may ask for certificates and tokens.
final class ProtectedDaemon: Sendable {
    let authority: TestAuthority
    let scratch: Scratch
    let process: DaemonProcess

    /// - Parameters:
    ///   - names: asks for certificates with these names; nil for none.
    ///   - tokens: by role; none asks for none.
    init(names: String? = nil, tokens: [String: String] = [:], arguments: [String] = []) async throws {
        authority = try TestAuthority()
        scratch = try Scratch()
        let identity = try authority.issue("server", for: "DNS:localhost,IP:127.0.0.1")
        var arguments = arguments
        arguments += [
            "--tls-certificate-file", scratch.file("server.pem"), "--tls-key-file", scratch.file("server.key"),
        ]
        if let names {
            arguments += ["--tls-client-ca-file", scratch.file("clients.pem"), "--tls-client-names", names]
        }
        if !tokens.isEmpty {
            try scratch.write(tokens.map { "\($0.key) \($0.value)\n" }.joined(), to: "tokens")
            arguments += ["--token-file", scratch.file("tokens")]
        }
        for (name, path) in [
            ("server.pem", identity.certificate), ("server.key", identity.key), ("clients.pem", authority.certificate),
        ] {
            try FileManager.default.copyItem(atPath: path, toPath: scratch.file(name))
        }
        process = try await DaemonProcess(arguments, environment: [:], in: try scratch.child("daemon"))
    }

    var log: String { process.child.complained }

    /// Puts another file's content in the place of one of the daemon's.
    func replace(_ name: String, by path: String) throws {
        try write(String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self), to: name)
    }

    func write(_ text: String, to name: String) throws { try scratch.write(text, to: name) }

    /// Runs the built command.
    func run(_ arguments: [String]) throws -> Child {
        try Child(
            DaemonProcess.executable,
            arguments,
            directory: try scratch.child("command-\(UInt64.random(in: 0 ... .max))")
        )
    }
}

// One question to a port: a check where RPC is spoken, the status page where HTTP is.
extension ProtectedDaemon {
    typealias Port = SystemTests.ProtectionTests.Port

    func port(_ port: Port) -> Int { port == .rpc ? process.port : process.http.port }

    func question(_ port: Port, token: String? = nil) throws -> [UInt8] {
        switch port {
        case .http:
            let field = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
            return Array("GET /status HTTP/1.1\r\nHost: localhost\r\n\(field)Connection: close\r\n\r\n".utf8)
        case .rpc:
            var bytes = Frame.preface
            try Frame.appendRequest(.hello, call: 1, to: &bytes) { out throws(WireError) in
                try MessageEncoder().append(Hello(token: token ?? "", client: "system-tests"), to: &out)
            }
            try Frame.appendRequest(.check, call: 2, to: &bytes) { out throws(WireError) in
                try MessageEncoder().append(CheckRequest(client: "alice", route: "/a"), to: &out)
            }
            return bytes
        }
    }

    func ask(_ port: Port, _ peer: TLSPeer, token: String? = nil) async throws -> TLSPeer.Outcome {
        let question = try question(port, token: token)
        return try await peer.exchange(port: self.port(port), question) { bytes in
            port == .rpc && Self.statuses(bytes).count == 2
        }
    }

    /// The HTTP status of the page, or the status of the check.
    func status(of port: Port, _ peer: TLSPeer, token: String?) async throws -> Int {
        let outcome = try await ask(port, peer, token: token)
        return switch port {
        case .http: outcome.text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        case .rpc: Self.statuses(outcome.bytes).last.map { Int($0.rawValue) } ?? -1
        }
    }

    /// Whether a question was answered as if there was nothing to it.
    func isAnswered(_ outcome: TLSPeer.Outcome, _ port: Port) -> Bool {
        switch port {
        case .http: outcome.text.hasPrefix("HTTP/1.1 200")
        case .rpc: Self.statuses(outcome.bytes) == [.ok, .ok]
        }
    }

    private static func statuses(_ bytes: [UInt8]) -> [StatusCode] {
        var found: [StatusCode] = []
        var start = 0
        while case .frame(let frame, let payload) = FrameReader.next(in: bytes.span, from: start, bound: 1 << 20) {
            found.append(frame.status)
            start = payload.upperBound
        }
        return found
    }
}
