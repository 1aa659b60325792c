import Foundation
import Glibc
import Synchronization

/// A process of a test, whose output goes to files. It never outlives the value, nor the test process.
final class Child: Sendable {
    let pid: pid_t
    /// Holds the files of its output; it goes with this value.
    private let directory: Scratch
    private let output: String
    private let complaint: String
    private let ending = Mutex<Int32?>(nil)

    /// Starts a program with these arguments and nothing else in its environment than what is given.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], directory: Scratch) throws {
        self.directory = directory
        output = directory.file("stdout")
        complaint = directory.file("stderr")
        let inherited = ["PATH", "HOME", "LD_LIBRARY_PATH"].compactMap { name in
            ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
        }
        pid = try Launcher.shared.spawn(
            ["setpriv", "--pdeathsig", "KILL", program] + arguments,
            environment: inherited + environment.map { "\($0.key)=\($0.value)" },
            output: output,
            complaint: complaint
        )
    }

    deinit { end() }

    /// Kills the process, stopped or not, and waits until it is gone.
    func end() {
        guard exitCode == nil else { return }
        signal(SIGCONT)
        signal(SIGKILL)
        _ = reap(0)
    }

    func signal(_ number: Int32) {
        ending.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// nil while the process lives; 128 and the signal for one that a signal ended.
    var exitCode: Int32? { reap(WNOHANG) }

    private func reap(_ flags: Int32) -> Int32? {
        ending.withLock { ending in
            if let ending { return ending }
            var status: Int32 = 0
            guard waitpid(pid, &status, flags) == pid else { return nil }
            ending = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
            return ending
        }
    }

    /// Waits for the process to end by itself.
    func ended(within patience: Duration = .seconds(20)) async throws -> Int32 {
        try await eventually("the process ends", within: patience) { self.exitCode }
    }

    var said: String { read(output) }
    var complained: String { read(complaint) }

    /// Its command line as everyone on the machine can read it.
    var commandLine: String { read("/proc/\(pid)/cmdline").replacing("\0", with: " ") }

    private func read(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
