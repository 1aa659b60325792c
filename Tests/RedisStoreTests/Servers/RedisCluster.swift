import Foundation
import RedisStore

/// The servers of a Cluster of three masters.
enum RedisCluster {
    static func start(replicas: Int) async throws -> [RedisServer] {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"]
        let servers = try (0..<3 * (1 + replicas)).map { _ in try RedisServer(options) }
        for server in servers { _ = try server.connect() }
        let addresses = servers.map { "127.0.0.1:\($0.port)" }
        try cli(["--cluster", "create"] + addresses + ["--cluster-replicas", "\(replicas)", "--cluster-yes"])
        for server in servers {
            try await eventually(within: 20, "the cluster is whole") {
                try server.connect().ask(["CLUSTER", "INFO"]).text(0)?.contains("cluster_state:ok") == true
            }
            try await eventually(within: 20, "the replicas are in step") {
                let info = try server.connect().ask(["INFO", "replication"]).text(0) ?? ""
                return info.contains("role:master")
                    ? info.contains("connected_slaves:\(replicas)") : info.contains("master_link_status:up")
            }
        }
        return servers
    }

    @discardableResult
    static func cli(_ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/redis-cli")
        process.arguments = arguments
        process.standardOutput = pipe
        try Launcher.shared.run(process)
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw TestFailure("redis-cli failed: \(text)") }
        return text
    }

    static func url(_ servers: [RedisServer]) -> String {
        "redis+cluster://" + servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    }
}
