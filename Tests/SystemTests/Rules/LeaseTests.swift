import Foundation
import HeadgateClient
import LimitCore
import Logging
import Testing

extension SystemTests {
    /// Leases of a daemon that counts in memory: held, renewed, settled, cancelled and left to run out.
    @Suite struct LeaseTests {
        private static let policy = """
            routes:
              - name: slots
                route: /slots
                limits: [ { name: inflight, concurrency: 3, lease: 2s } ]
              - name: chat
                route: /chat
                limits:
                  - { name: inflight, concurrency: 4096, lease: 30s }
                  - { name: tpm, rate: 1000000000 tokens per hour, algorithm: fixed-window }
            otherwise: allow
            """

        private func withDaemon<Value: Sendable>(
            _ body: @Sendable (DaemonProcess, HeadgateClient) async throws -> Value
        ) async throws -> Value {
            let scratch = try Scratch()
            try scratch.write(Self.policy, to: "policy.yaml")
            let daemon = try await DaemonProcess(
                ["--policy", scratch.file("policy.yaml")],
                environment: [:],
                in: try scratch.child("daemon")
            )
            var configuration = HeadgateClient.Configuration()
            configuration.timeout = .seconds(10)
            configuration.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let client = try HeadgateClient(addresses: "127.0.0.1:\(daemon.port)", configuration: configuration)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                defer { group.cancelAll() }
                return try await body(daemon, client)
            }
        }

        /// What every limit of the route still takes.
        private func left(_ client: HeadgateClient, _ route: String) async throws -> [String: UInt64] {
            let decision = try await client.check(
                client: "alice",
                route: route,
                usage: ["tokens": 0],
                peek: true,
                allLimits: true
            )
            return Dictionary(uniqueKeysWithValues: decision.limits.map { ($0.name, $0.remaining) })
        }

        @Test func `three hold all slots, a fourth is refused, and the end of each frees one`() async throws {
            try await withDaemon { _, client in
                let first = try await client.check(client: "alice", route: "/slots")
                try await client.withLease(client: "alice", route: "/slots") { _ in
                    try await client.withLease(client: "alice", route: "/slots") { _ in
                        let refusal = await #expect(throws: Refusal.self) {
                            try await client.withLease(client: "alice", route: "/slots") { _ in }
                        }
                        #expect(refusal?.decision.reason == .concurrency)
                        #expect(await client.cancel(first) == .settled)
                        #expect(await client.cancel(first) == .gone)
                        let free = try await left(client, "/slots")
                        #expect(free == ["slots/inflight": 1])
                    }
                }
                #expect(try await left(client, "/slots") == ["slots/inflight": 3])
            }
        }

        @Test func `renewals keep a slot over several lease times`() async throws {
            try await withDaemon { _, client in
                try await client.withLease(client: "alice", route: "/slots") { lease in
                    let end = ContinuousClock.now + .seconds(5)
                    while ContinuousClock.now < end {
                        #expect(try await left(client, "/slots") == ["slots/inflight": 2])
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    #expect(lease.isAlive)
                }
            }
        }

        @Test func `10,000 leases from 16 tasks end with no slot taken and the exact count`() async throws {
            let seed = UInt64.random(in: 0 ... .max)
            try await withDaemon { _, client in
                let used = try await withThrowingTaskGroup(of: UInt64.self) { group in
                    for task in 0..<16 {
                        group.addTask {
                            var total: UInt64 = 0
                            for turn in 0..<625 {
                                let mixed = (seed &+ UInt64(task * 625 + turn)) &* 0x9E37_79B9_7F4A_7C15
                                let (estimate, amount) = (mixed >> 33 % 2000, mixed >> 20 % 2000)
                                let usage = ["tokens": estimate]
                                try await client.withLease(client: "alice", route: "/chat", usage: usage) { lease in
                                    #expect(lease.decision.hasLease)
                                    lease.used(tokens: amount)
                                }
                                total += amount
                            }
                            return total
                        }
                    }
                    return try await group.reduce(0, +)
                }
                let expected: [String: UInt64] = ["chat/inflight": 4096, "chat/tpm": 1_000_000_000 - used]
                #expect(try await left(client, "/chat") == expected, "seed \(seed)")
            }
        }

        @Test func `the slot of a killed process comes free when its lease time is over`() async throws {
            try await withDaemon { daemon, client in
                let holder = try Child(
                    DaemonProcess.executable,
                    ["check", "alice", "/slots", "--address", "127.0.0.1:\(daemon.port)", "--hold", "1h"],
                    environment: [:],
                    directory: try Scratch()
                )
                while try await left(client, "/slots") != ["slots/inflight": 2] {
                    try await Task.sleep(for: .milliseconds(10))
                }
                let killed = ContinuousClock.now
                holder.end()
                while try await left(client, "/slots") != ["slots/inflight": 3] {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(ContinuousClock.now - killed < .seconds(3))
            }
        }

        @Test func `a daemon that dies under a lease disturbs nobody`() async throws {
            try await withDaemon { daemon, client in
                try await client.withLease(client: "alice", route: "/slots") { lease in
                    daemon.child.end()
                    #expect(lease.isAlive && !lease.shouldStop)
                }
                let isDegraded = try await client.withLease(client: "alice", route: "/slots") { lease in
                    lease.decision.degraded && !lease.decision.hasLease
                }
                #expect(isDegraded)
                try await until("the lease is given up") { client.unsettledLeases == 1 }
            }
        }

        @Test func `headgate check frees the slot it takes, and keeps it as long as it is told`() async throws {
            try await withDaemon { daemon, client in
                let scratch = try Scratch()
                let check = { (arguments: [String]) in
                    try Child(
                        DaemonProcess.executable,
                        ["check", "alice", "/slots", "--address", "127.0.0.1:\(daemon.port)"] + arguments,
                        environment: [:],
                        directory: try scratch.child("\(UUID())")
                    )
                }
                for _ in 0..<4 {
                    let child = try check([])
                    #expect(try await child.ended() == 0)
                    #expect(child.said.contains("  lease     2 s, settled\n"), "\(child.said)")
                }
                let holder = try check(["--hold", "3s", "--json"])
                var wasHeld = false
                while holder.exitCode == nil {
                    wasHeld = try await left(client, "/slots") == ["slots/inflight": 2] || wasHeld
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(wasHeld && holder.said.contains("\"settlement\":\"settled\"}"), "\(holder.said)")
                #expect(try await left(client, "/slots") == ["slots/inflight": 3])
            }
        }
    }
}
