import Foundation
import Glibc

/// How long threads were ready to run while the machine ran others: the scheduler's own count of it.
final class RunDelay: Sendable {
    private let descriptors: [Int32]

    /// Of the calling thread.
    init() { descriptors = [open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)] }

    /// Of all threads that these processes have now.
    init(of processes: [pid_t]) {
        descriptors = processes.flatMap { process in
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
            return threads.map { open("/proc/\(process)/task/\($0)/schedstat", O_RDONLY | O_CLOEXEC) }
        }
    }

    deinit { for descriptor in descriptors where descriptor >= 0 { close(descriptor) } }

    /// Of all of them since they began; what cannot be read counts nothing, which only makes a test stricter.
    var total: Duration { .nanoseconds(descriptors.reduce(0) { $0 + Self.read($1) }) }

    /// The second number of the line: nanoseconds on a run queue.
    private static func read(_ descriptor: Int32) -> Int64 {
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return 0 }
            let words = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
            return words.count > 1 ? Int64(words[1]) ?? 0 : 0
        }
    }
}
