import Foundation
import Synchronization

/// A server process of a test: on a free port of the loopback, in a directory of its own, gone at the test's end.
final class RedisServer: Sendable {
    let port: Int
    let directory: String
    private let process: Mutex<Process>
    private let arguments: [String]

    /// Starts a server and waits until it answers.
    init(_ options: [String] = [], port: Int? = nil, config: [String] = [], sentinel: Bool = false) throws {
        let port = try port ?? Self.freePort()
        self.port = port
        directory = NSTemporaryDirectory() + "headgate-redis-\(port)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = directory + "/redis.conf"
        try (config.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let common = ["--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory, "--save", ""]
        arguments = [file] + (options.contains("--port") ? [] : common) + options + (sentinel ? ["--sentinel"] : [])
        process = Mutex(try Self.launch(arguments))
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Kills the process, as `kill -9` does.
    func stop() {
        let process = process.withLock { $0 }
        guard process.isRunning else { return }
        kill(pid_t(process.processIdentifier), SIGCONT)
        kill(pid_t(process.processIdentifier), SIGKILL)
        process.waitUntilExit()
    }

    /// Starts the process again on the same port.
    func restart() throws {
        stop()
        let next = try Self.launch(arguments)
        process.withLock { $0 = next }
    }

    func freeze() { kill(pid_t(process.withLock { $0.processIdentifier }), SIGSTOP) }
    func thaw() { kill(pid_t(process.withLock { $0.processIdentifier }), SIGCONT) }

    /// A connection to the server, once it answers.
    func connect(within seconds: Double = 10) throws -> TestConnection {
        let end = Date().addingTimeInterval(seconds)
        while true {
            do {
                let connection = try TestConnection(port: port)
                let answer = try connection.command("PING")
                if answer != .text("LOADING") { return connection }
            } catch {
                if Date() > end { throw error }
                usleep(2000)
            }
        }
    }

    /// The server lives no longer than this process: a pipe that breaks with it ends it.
    private static func launch(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = ["--pdeathsig", "KILL", "redis-server"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try Launcher.shared.run(process)
        return process
    }

    static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard bound else { throw TestFailure("no free port") }
        let port = Int(UInt16(bigEndian: address.sin_port))
        // A Cluster node also takes the port 10,000 above.
        return port < 40_000 || port > 55_000 ? try freePort(after: port) : port
    }

    private static func freePort(after _: Int) throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_000)
            if (try? TestConnection(port: port)) == nil { return port }
        }
        throw TestFailure("no free port")
    }
}

/// Starts processes from one thread that lives as long as the tests: a server dies with the thread that started it.
private final class Launcher: Sendable {
    static let shared = Launcher()
    private let queue = Mutex<[(Process, DispatchSemaphore)]>([])
    private let work = DispatchSemaphore(value: 0)

    init() {
        let thread = Thread { [self] in
            while true {
                work.wait()
                guard let (process, done) = queue.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { continue }
                try? process.run()
                done.signal()
            }
        }
        thread.start()
    }

    func run(_ process: sending Process) throws {
        let done = DispatchSemaphore(value: 0)
        let job = (process, done)
        queue.withLock { $0.append(job) }
        work.signal()
        done.wait()
    }
}

struct TestFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
