import Testing

extension SystemTests {
    /// Faults of Redis under a steady load through two daemons.
    @Suite struct FaultTests {
        private static let policy = """
            routes:
              - name: steady
                route: /steady
                limits: [ 1000000 per hour ]
            """

        enum Fault: String, CaseIterable, CustomTestStringConvertible {
            case killed = "killed and started again"
            case stopped = "stopped and continued"
            case flushed = "its scripts flushed"
            case replica = "made a replica and taken back"

            var testDescription: String { rawValue }

            func begin(_ redis: RedisProcess) throws {
                switch self {
                case .killed: redis.stop()
                case .stopped: redis.freeze()
                case .flushed: try redis.command("SCRIPT", "FLUSH")
                // Of a port that nobody listens on: it stays a replica without a primary.
                case .replica: try redis.command("REPLICAOF", "127.0.0.1", "1")
                }
            }

            func end(_ redis: RedisProcess) async throws {
                switch self {
                case .killed: try await redis.restart()
                case .stopped: redis.thaw()
                case .flushed: break
                case .replica: try redis.command("REPLICAOF", "NO", "ONE")
                }
            }

            /// Whether the store is away for a while.
            var isOutage: Bool { self != .flushed }
        }

        @Test(arguments: Fault.allCases)
        func `with Redis away every call is answered in time, says so, and is whole again soon`(_ fault: Fault)
            async throws
        {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            let load = SteadyLoad(SteadyLoad.Plan(daemons: fleet.daemons))
            defer { _ = load.finish() }
            try await until("a store that answers") { load.soFar.count { $0.isWhole } > 100 }
            var times = FaultRecord.Times()
            try await Self.pass(.seconds(1.5))
            times.began = .now
            try fault.begin(fleet.redis)
            if fault.isOutage {
                try await until("degraded answers") { load.soFar.count { $0.isDegraded } > 500 }
                for daemon in fleet.daemons { #expect(try daemon.status().store.state == "degraded") }
            }
            try await fault.end(fleet.redis)
            times.ended = .now
            try await until("whole answers again") { load.soFar.suffix(300).allSatisfy { $0.isWhole } }
            times.restored = .now
            try await Self.pass(.seconds(1.5))
            times.finished = .now
            let record = FaultRecord(calls: load.finish(), starvation: load.starvation, times: times)
            record.expectPromises(of: fault.rawValue)
            for daemon in fleet.daemons { try expectTransitions(daemon, fault, record) }
        }

        /// Going out and coming back are each logged once.
        private func expectTransitions(_ daemon: DaemonProcess, _ fault: Fault, _ record: FaultRecord) throws {
            #expect(try daemon.status().store.state == "ready")
            let log = daemon.child.complained
            let (out, back) = (log.ranges(of: "store out").count, log.ranges(of: "store back").count)
            #expect(out == back)
            if record.isStarved(record.times.steady, record.times.finished) { return }
            #expect(out == (fault.isOutage ? 1 : 0), "\(log)")
        }

        /// Lets the load go on for a measured while: this is the measurement, nothing is waited for.
        static func pass(_ time: Duration) async throws {
            let end = ContinuousClock.now + time
            try await until("the measured time passes", within: time + .seconds(1)) { ContinuousClock.now >= end }
        }
    }
}
