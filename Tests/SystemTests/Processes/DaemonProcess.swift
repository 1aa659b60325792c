import Foundation
import Glibc

/// A `headgate serve` of a test, as it was built beside these tests.
final class DaemonProcess: Sendable {
    /// Where the RPC port is.
    let port: Int
    let http: HTTP
    let child: Child

    /// What `/status` says, as far as the tests ask.
    struct Status: Decodable {
        struct Policy: Decodable {
            var fingerprint: String
            var reload_problem: String?
        }
        struct Store: Decodable {
            var state: String
            /// nil for memory.
            var control: String?
        }
        struct Client: Decodable {
            var client: String
        }
        var policy: Policy
        var store: Store
        var top_clients: [Client]
        var peers: Int
        var ready: Bool
        var degraded: Int
    }

    static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("headgate").path

    init(_ arguments: [String], environment: [String: String], in scratch: Scratch) async throws {
        let ports = (rpc: try Socket.freePort(), http: try Socket.freePort())
        port = ports.rpc
        http = HTTP(port: ports.http)
        child = try Child(
            Self.executable,
            ["serve", "--listen", "127.0.0.1:\(ports.rpc)", "--http", "127.0.0.1:\(ports.http)", "--threads", "1"]
                + arguments,
            environment: environment,
            directory: scratch
        )
        let child = child
        try await until("the daemon serves", within: .seconds(20)) {
            if let code = child.exitCode { throw SystemFailure("the daemon ended with \(code): \(child.complained)") }
            let log = child.complained
            return log.contains("rpc.address=") && log.contains("http.address=")
        }
    }

    func status() throws -> Status { try http.get("/status").decode(Status.self) }

    /// Waits until the daemon knows so many daemons on its store, and that the store answers.
    func knows(peers: Int) async throws {
        try await until("\(peers) daemons know each other") {
            let status = try self.status()
            return status.peers == peers && status.store.state == "ready"
        }
    }
}
