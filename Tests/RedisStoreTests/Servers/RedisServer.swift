import Foundation
import Synchronization

/// A server process of a test: on a free port of the loopback, in a directory of its own, gone at the test's end.
final class RedisServer: Sendable {
    let port: Int
    let directory: String
    /// Where it listens beside the port, if it was asked to.
    var socket: String { directory + "/redis.sock" }
    private let process: Mutex<Process>
    private let arguments: [String]

    /// Starts a server and waits until it answers.
    init(
        _ options: [String] = [],
        port: Int? = nil,
        config: [String] = [],
        sentinel: Bool = false,
        hasSocket: Bool = false
    )
        throws
    {
        let port = try port ?? Self.freePort()
        self.port = port
        directory = NSTemporaryDirectory() + "headgate-redis-\(port)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = directory + "/redis.conf"
        try (config.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let common = ["--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory, "--save", ""]
        let options = options + (hasSocket ? ["--unixsocket", directory + "/redis.sock"] : [])
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

    private static let lastPort = Atomic(Int.random(in: 12_000..<20_000))

    /// A port that nobody listens on, each only once. A Cluster node also takes the port 10,000 above.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = lastPort.wrappingAdd(1, ordering: .relaxed).newValue
            if (try? TestConnection(port: port)) == nil, (try? TestConnection(port: port + 10_000)) == nil {
                return port
            }
        }
        throw TestFailure("no free port")
    }
}

/// Starts processes from one thread that lives as long as the tests: a server dies with the thread that started it, and
/// `Process` does not bear to be started from several at once.
final class Launcher: Sendable {
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
