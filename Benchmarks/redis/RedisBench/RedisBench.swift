import Foundation
import LimitCore
import NIOCore
import NIOPosix
import RedisStore

/// What a lane's decisions cost, one line a workload: CPU of Redis and of this process, checks a call, waits.
///
/// `RedisBench URL PID`, where PID is the server's.
@main
struct RedisBench {
    static func main() async throws {
        guard CommandLine.arguments.count == 3, let server = Int(CommandLine.arguments[2]) else {
            print("usage: RedisBench URL PID")
            exit(64)
        }
        let lane = try await BenchLane(CommandLine.arguments[1])
        for algorithm in [Algorithm.tokenBucket, .slidingWindow, .fixedWindow] {
            for (connections, pipeline, clients, count) in [
                (50, 64, 100_000, 800_000), (1, 64, 100_000, 400_000), (32, 1, 100_000, 400_000),
                (50, 64, 1, 800_000), (1, 64, 1, 400_000), (1, 1, 1, 20_000),
            ] {
                // So much that nothing is refused: a refusal would be answered from memory.
                let limit = Limit(algorithm, count: 10_000_000, window: 60_000_000)
                let load = Workload(limit: limit, connections: connections, pipeline: pipeline, clients: clients)
                _ = try await lane.run(load, count: clients > 1 ? count : 1000)
                let before = (redis: cpu(server), own: cpu(Int(getpid())), calls: lane.calls)
                let waits = try await lane.run(load, count: count).sorted()
                let redis = each(cpu(server) - before.redis, count)
                let own = each(cpu(Int(getpid())) - before.own, count)
                let batch = Double(count) / Double(max(1, lane.calls - before.calls))
                print(
                    "\(algorithm.name) \(connections) x \(pipeline) deep, \(clients) clients: Redis \(redis) us and daemon \(own) us a decision,",
                    "\(rounded(batch)) checks a call, p50 \(waits[count / 2]) us, p99 \(waits[count * 99 / 100]) us"
                )
            }
        }
        await lane.stop()
    }

    private static func each(_ seconds: Double, _ count: Int) -> Double { rounded(seconds / Double(count) * 1e6) }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    /// CPU seconds of all threads of a process so far.
    private static func cpu(_ pid: Int) -> Double {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return tasks.reduce(0) { sum, task in
            let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/schedstat", encoding: .utf8)) ?? "0"
            return sum + (Double(text.split(separator: " ").first ?? "0") ?? 0) / 1e9
        }
    }
}
