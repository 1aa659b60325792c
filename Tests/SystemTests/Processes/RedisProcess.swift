import Glibc
import Synchronization

/// A redis-server of a test, on a free port and with nothing on disk.
final class RedisProcess: Sendable {
    let port: Int
    private let scratch: Scratch
    private let arguments: [String]
    private let password: String?
    private let child: Mutex<Child>

    init(in scratch: Scratch, password: String? = nil) async throws {
        port = try Socket.freePort()
        self.scratch = scratch
        self.password = password
        arguments =
            ["--port", "\(port)", "--bind", "127.0.0.1", "--dir", scratch.path, "--save", ""]
            + (password.map { ["--requirepass", $0] } ?? [])
        child = Mutex(try Child("redis-server", arguments, directory: scratch))
        try await answers()
    }

    func stop() { child.withLock { $0.end() } }
    func freeze() { child.withLock { $0.signal(SIGSTOP) } }
    func thaw() { child.withLock { $0.signal(SIGCONT) } }

    /// Starts the server again on the same port, empty.
    func restart() async throws {
        stop()
        let next = try Child("redis-server", arguments, directory: scratch)
        child.withLock { $0 = next }
        try await answers()
    }

    private func answers() async throws {
        try await until("redis-server answers") { (try? command("PING"))?.contains("+PONG") == true }
    }

    /// The raw reply to a command of plain words.
    @discardableResult
    func command(_ words: String...) throws -> String { try pipeline([words]) }

    /// The raw replies to several commands.
    func pipeline(_ commands: [[String]]) throws -> String {
        let socket = try Socket(port: port)
        let login = password.map { [["AUTH", $0]] } ?? []
        // The server closes after QUIT, when everything before it is answered.
        for command in login + commands + [["QUIT"]] {
            let words = command.map { "$\($0.utf8.count)\r\n\($0)\r\n" }
            try socket.send(Array("*\(command.count)\r\n\(words.joined())".utf8))
        }
        var bytes: [UInt8] = []
        do {
            while true { try socket.receive(into: &bytes) }
        } catch is Socket.Closed {}
        return String(decoding: bytes, as: UTF8.self)
    }
}
