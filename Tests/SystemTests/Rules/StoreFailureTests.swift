import LimitCore
import Testing

extension SystemTests {
    /// What each `on-store-failure` answers while Redis is down.
    @Suite struct StoreFailureTests {
        private static let policy = """
            routes:
              - name: local
                route: /local
                limits: [ 101 per day ]
              - name: full
                route: /full
                limits: [ { rate: 101 per day, local-share: full } ]
              - name: allow
                route: /allow
                limits: [ 1 per day ]
                on-store-failure: allow
              - name: refuse
                route: /refuse
                limits: [ 1000 per day ]
                on-store-failure: refuse
            """

        /// The answers of one daemon to many calls of a client.
        private func answers(_ daemon: DaemonProcess, _ route: String, calls: Int = 150) throws -> [CheckResponse] {
            let connection = try WireConnection(port: daemon.port)
            return try (0..<calls).map { _ in try connection.check(CheckRequest(client: "alice", route: route)).get() }
        }

        @Test func `with Redis down each rule answers as its on-store-failure says`() async throws {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            fleet.redis.stop()
            for daemon in fleet.daemons {
                try await until("the daemon knows that its store is out") {
                    _ = try answers(daemon, "/refuse", calls: 5)
                    return try daemon.status().store.state == "degraded"
                }
                for route in ["/local", "/full", "/allow", "/refuse"] {
                    #expect(try answers(daemon, route).allSatisfy { $0.degraded }, "\(route)")
                }
            }
        }

        @Test func `the state of the store is what the log says, what daemons share is told beside it`() async throws {
            let fleet = try await Fleet(Fleet.Settings(daemons: 1, policy: Self.policy))
            let daemon = fleet.daemons[0]
            fleet.redis.stop()
            try await until("nobody asks, and still it is seen") { try daemon.status().store.control == "out" }
            #expect(try daemon.status().store.state == "ready" && !daemon.child.complained.contains("store out"))
            try await until("calls are answered without the store") {
                try answers(daemon, "/refuse", calls: 5).contains { $0.degraded }
                    && daemon.child.complained.contains("store out")
            }
            #expect(try daemon.status().store.state == "degraded")
            try await fleet.redis.restart()
            try await until("both are back") {
                _ = try answers(daemon, "/refuse", calls: 1)
                let store = try daemon.status().store
                return store.state == "ready" && store.control == "ready"
            }
            #expect(daemon.child.complained.contains("store back"))
        }

        @Test func `local admits half of the limit in each of two daemons, local-share full all of it`() async throws {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            fleet.redis.stop()
            for daemon in fleet.daemons {
                #expect(try answers(daemon, "/local").count { $0.verdict == .allowed } == 50)
                #expect(try answers(daemon, "/full").count { $0.verdict == .allowed } == 101)
            }
        }

        @Test func `allow admits every call, refuse refuses every one as the store is unavailable`() async throws {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            fleet.redis.stop()
            for daemon in fleet.daemons {
                #expect(
                    try answers(daemon, "/allow").allSatisfy { $0.verdict == .allowed && $0.reason == .unspecified }
                )
                #expect(
                    try answers(daemon, "/refuse").allSatisfy {
                        $0.verdict == .unavailable && $0.reason == .storeUnavailable && $0.retryAfterMilliseconds > 0
                    }
                )
            }
        }
    }
}
