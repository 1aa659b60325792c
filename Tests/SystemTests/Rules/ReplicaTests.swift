import LimitCore
import Testing

extension SystemTests {
    /// Replicas that report, and limits that follow them.
    @Suite struct ReplicaTests {
        private static let policy = """
            routes:
              - name: chat
                route: /chat
                pool: llama
                warm-up: { factor: 0.2, minimum: 2, ramp: 300d }
                limits: [ 50 per minute ]
              - name: quick
                route: /quick
                pool: quick
                warm-up: { factor: 0.1, ramp: 1s }
                limits: [ 1000 per minute ]
            """

        private struct Status: Decodable {
            struct Replica: Decodable, Equatable {
                var id: String
                var state: String
                var overdue: Bool
            }
            struct Pool: Decodable {
                var name: String
                var scale: Double
                var replicas: [Replica]
            }
            var pools: [Pool]
        }

        private func limit(_ daemon: DaemonProcess, _ route: String = "/chat") throws -> UInt64? {
            var request = CheckRequest(client: "alice", route: route)
            request.peek = true
            return try WireConnection(port: daemon.port).check(request).get().limits.first?.limit
        }

        @discardableResult
        private func report(
            _ replica: String,
            _ state: String,
            to daemon: DaemonProcess,
            pool: String = "llama",
            ttl: Int = 60_000
        ) throws -> String {
            let answer = try daemon.http.post(
                "/v1/report",
                #"{"replica":"\#(replica)","pool":"\#(pool)","state":"REPLICA_STATE_\#(state)","ttl_ms":\#(ttl)}"#
            )
            #expect(answer.status == 200, "\(answer.body)")
            return answer.body
        }

        /// Waits for a number to be in force on all daemons, for as long as they have.
        private func expect(_ number: UInt64, _ fleet: Fleet, _ what: String) async throws {
            try await until("\(what): \(number) everywhere", within: .seconds(2)) {
                try fleet.daemons.allSatisfy { try limit($0) == number }
            }
        }

        @Test func `limits follow the replicas on every daemon within two seconds`() async throws {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            try await expect(50, fleet, "nobody reports")
            #expect(try report("a", "WARMING", to: fleet.daemons[0]) == "{\"scale\":0.2,\"replicas\":1}\n")
            #expect(try limit(fleet.daemons[0]) == 10, "at once where it was reported")
            try await expect(10, fleet, "one replica warms up")
            let ready = ReportRequest(replica: "b", pool: "llama", state: .ready, ttlMilliseconds: 60_000)
            let answer = try WireConnection(port: fleet.daemons[1].port).report(ready)
            #expect(answer.replicas == 2 && answer.scale > 0.599 && answer.scale < 0.601)
            try await expect(30, fleet, "one of two warms up")
            try report("a", "READY", to: fleet.daemons[1])
            try await expect(50, fleet, "both are ready")
            try report("a", "DRAINING", to: fleet.daemons[0])
            try await expect(25, fleet, "one of two drains")
            try report("b", "DRAINING", to: fleet.daemons[0])
            try await expect(2, fleet, "both drain")
            for daemon in fleet.daemons {
                let pool = try #require(try daemon.http.get("/status").decode(Status.self).pools.first)
                #expect(pool.name == "llama" && pool.scale == 0)
                #expect(pool.replicas.map { "\($0.id) \($0.state)" } == ["a draining", "b draining"])
            }
            try report("a", "READY", to: fleet.daemons[0], ttl: 1)
            try report("b", "READY", to: fleet.daemons[1], ttl: 1)
            try await until("silent replicas are forgotten everywhere") {
                try fleet.daemons.allSatisfy { try $0.http.get("/status").decode(Status.self).pools.isEmpty }
            }
            try await expect(50, fleet, "nobody reports any more")
        }

        @Test func `a replica ramps up to one and is flagged where it then still warms up`() async throws {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            try report("a", "WARMING", to: fleet.daemons[0], pool: "quick")
            let first = try #require(try limit(fleet.daemons[0], "/quick"))
            #expect(first < 1000)
            var seen: Set<UInt64> = []
            try await until("the ramp is over") {
                if let limit = try limit(fleet.daemons[1], "/quick") { seen.insert(limit) }
                return try limit(fleet.daemons[0], "/quick") == 1000
            }
            #expect(seen.contains { (101..<1000).contains($0) }, "\(seen)")
            for daemon in fleet.daemons {
                try await until("the replica is flagged") {
                    try daemon.http.get("/status").decode(Status.self).pools.first?.replicas.first?.overdue == true
                }
            }
        }

        @Test func `with Redis down replicas are still heard and limits still follow`() async throws {
            let fleet = try await Fleet(Fleet.Settings(daemons: 1, policy: Self.policy))
            fleet.redis.stop()
            #expect(try report("a", "WARMING", to: fleet.daemons[0]) == "{\"scale\":0.2,\"replicas\":1}\n")
            #expect(try report("b", "READY", to: fleet.daemons[0]) == "{\"scale\":0.6,\"replicas\":2}\n")
        }
    }
}
