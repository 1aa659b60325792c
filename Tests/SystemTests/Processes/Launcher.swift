import Foundation
import Glibc
import Synchronization

/// Starts processes from one thread that lives as long as the tests: they are set to die with the thread that started
/// them, and threads of a pool come and go.
final class Launcher: Sendable {
    static let shared = Launcher()
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let work = DispatchSemaphore(value: 0)

    private init() {
        let thread = Thread { [self] in
            while true {
                work.wait()
                jobs.withLock { $0.removeFirst() }()
            }
        }
        thread.start()
    }

    /// The id of the new process. Its input is empty, its output goes to files, and it has no other descriptor of ours.
    func spawn(_ command: [String], environment: [String], output: String, complaint: String) throws -> pid_t {
        let outcome = Mutex<(code: Int32, pid: pid_t)>((0, 0))
        let done = DispatchSemaphore(value: 0)
        jobs.withLock {
            $0.append {
                let result = Self.run(command, environment, output, complaint)
                outcome.withLock { $0 = result }
                done.signal()
            }
        }
        work.signal()
        done.wait()
        let (code, pid) = outcome.withLock { $0 }
        guard code == 0 else { throw SystemFailure("\(command[0]): \(String(cString: strerror(code)))") }
        return pid
    }

    private static func run(
        _ command: [String],
        _ environment: [String],
        _ output: String,
        _ complaint: String
    ) -> (code: Int32, pid: pid_t) {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&files, 2, complaint, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // Sockets of other tests would stay open in a process that has inherited them.
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in descriptors.compactMap({ Int32($0) }) where descriptor > 2 {
            posix_spawn_file_actions_addclose(&files, descriptor)
        }
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, command[0], &files, nil, arguments, variables)
        return (code, pid)
    }
}

/// What a test could not do; what it found wrong is an expectation.
struct SystemFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
