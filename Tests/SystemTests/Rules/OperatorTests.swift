import Foundation
import LimitCore
import Testing

extension SystemTests {
    /// What operators do while the daemons run.
    @Suite struct OperatorTests {
        private static let policy = """
            tiers: { free: {}, premium: { multiplier: 5 } }
            default-tier: free
            routes:
              - { name: predict, route: /predict, limits: [ { name: daily, rate: 20 per day } ] }
              - { name: all, route: /all, limits: [ { name: fleet, rate: 20 per day, per: [] } ] }
              - { name: slots, route: /slots, limits: [ { name: own, concurrency: 2 } ] }
            """

        private func ask(_ daemon: DaemonProcess, _ client: String, peek: Bool = true) throws -> CheckResponse {
            var request = CheckRequest(client: client, route: "/predict")
            request.peek = peek
            return try WireConnection(port: daemon.port).check(request).get()
        }

        private func limit(_ daemon: DaemonProcess, _ client: String) throws -> UInt64? {
            try ask(daemon, client).limits.first?.limit
        }

        private func decide(_ daemon: DaemonProcess, _ action: String, _ fields: String) throws {
            let answer = try daemon.http.post("/v1/admin/client/\(action)", "{\(fields)}")
            #expect(answer.status == 200, "\(answer.body)")
        }

        /// An override for one client, a block of another and a reset of a third, whose quota is used up, at a daemon.
        private func decideAll(at daemon: DaemonProcess) throws {
            try decide(daemon, "override", #""client":"alice","limit":"predict/daily","count":7"#)
            try decide(daemon, "block", #""client":"crawler","message":"Ask for a key","until":"2h""#)
            try decide(daemon, "tier", #""client":"gold","tier":"premium""#)
            try decide(daemon, "reset", #""client":"carol""#)
        }

        private func isAllInForce(at daemon: DaemonProcess) throws -> Bool {
            let block = try ask(daemon, "crawler")
            return try limit(daemon, "alice") == 7 && limit(daemon, "gold") == 100
                && block.reason == .blocked && block.message == "Ask for a key"
                && ask(daemon, "carol").limits.first?.remaining == 20
        }

        private func useUp(_ client: String, at daemon: DaemonProcess) throws {
            let caller = try WireConnection(port: daemon.port)
            for _ in 0..<20 { _ = try caller.check(CheckRequest(client: client, route: "/predict")).get() }
            #expect(try ask(daemon, client).verdict == .limited)
        }

        @Test func `decisions at one daemon act on another within two seconds and survive a restart of both`()
            async throws
        {
            let settings = Fleet.Settings(policy: Self.policy)
            let fleet = try await Fleet(settings)
            try useUp("carol", at: fleet.daemons[0])
            try decideAll(at: fleet.daemons[0])
            #expect(try isAllInForce(at: fleet.daemons[0]), "at once where it was decided")
            try await until("the other daemon follows", within: .seconds(2)) {
                try isAllInForce(at: fleet.daemons[1])
            }
            for daemon in fleet.daemons {
                daemon.child.signal(SIGTERM)
                #expect(try await daemon.child.ended() == 0)
            }
            for name in ["again-0", "again-1"] {
                let daemon = try await Fleet.start(name, settings, fleet.scratch, fleet.redis)
                try await until("what was decided is in force again", within: .seconds(2)) {
                    try isAllInForce(at: daemon)
                }
                #expect(try limit(daemon, "bob") == 20)
            }
        }

        @Test func `what is taken back or over is as if it had never been, on every daemon within two seconds`()
            async throws
        {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            try decideAll(at: fleet.daemons[0])
            try await until("the other daemon follows") { try isAllInForce(at: fleet.daemons[1]) }
            try decide(fleet.daemons[1], "override", #""client":"alice","limit":"predict/daily","remove":true"#)
            try decide(fleet.daemons[1], "unblock", #""client":"crawler""#)
            try decide(fleet.daemons[1], "tier", #""client":"gold","tier":"premium","until":"1s""#)
            try await until("both forget", within: .seconds(3)) {
                try fleet.daemons.allSatisfy { daemon in
                    try limit(daemon, "alice") == 20 && ask(daemon, "crawler").verdict == .allowed
                        && limit(daemon, "gold") == 20
                }
            }
        }

        @Test func `in memory what was decided survives a restart with a state directory`() async throws {
            let scratch = try Scratch()
            try scratch.write(Self.policy, to: "policy.yaml")
            let arguments = ["--policy", scratch.file("policy.yaml"), "--state-dir", scratch.file("state")]
            for name in ["first", "second"] {
                let daemon = try await DaemonProcess(arguments, environment: [:], in: try scratch.child(name))
                if name == "first" { try decideAll(at: daemon) }
                #expect(try isAllInForce(at: daemon), "\(name)")
                daemon.child.signal(SIGKILL)
                _ = try await daemon.child.ended()
            }
        }

        @Test func `in memory without a state directory the log says that decisions will be lost`() async throws {
            let scratch = try Scratch()
            let daemon = try await DaemonProcess([], environment: [:], in: scratch)
            #expect(daemon.child.complained.contains("operators' decisions are lost at a restart"))
        }

        @Test func `with Redis down decisions stay in force and new ones are refused`() async throws {
            let scratch = try Scratch()
            let kept = ["--state-dir", scratch.file("state")]
            let settings = Fleet.Settings(daemons: 1, policy: Self.policy, arguments: kept)
            let fleet = try await Fleet(settings)
            try decideAll(at: fleet.daemons[0])
            fleet.redis.stop()
            let refused = try fleet.daemons[0].http.post("/v1/admin/client/block", #"{"client":"bob"}"#)
            #expect(refused.status == 503, "\(refused.body)")
            #expect(try ask(fleet.daemons[0], "crawler").reason == .blocked)
            #expect(try ask(fleet.daemons[0], "bob").reason != .blocked)
            fleet.daemons[0].child.signal(SIGTERM)
            #expect(try await fleet.daemons[0].child.ended() == 0)
            let again = try await Fleet.start("again", settings, fleet.scratch, fleet.redis)
            #expect(try ask(again, "crawler").reason == .blocked, "from the state directory")
            // A store that comes back with nothing is given what was decided.
            try await fleet.redis.restart()
            let other = try await Fleet.start("other", Fleet.Settings(policy: Self.policy), fleet.scratch, fleet.redis)
            try await until("the empty store has it again") { try ask(other, "crawler").reason == .blocked }
        }

        @Test func `the command does it all, logs who, and names no client`() async throws {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            let address = ["--http", "127.0.0.1:\(fleet.daemons[0].http.port)", "--by", "olga"]
            func run(_ arguments: [String]) async throws -> Child {
                let command = try fleet.command(["client"] + arguments + address)
                #expect(try await command.ended() == 0, "\(arguments): \(command.complained)")
                return command
            }
            _ = try await run(["override", "alice-key", "predict/daily", "7", "--until", "2h"])
            _ = try await run(["block", "crawler-key", "--message", "Ask for a key"])
            _ = try await run(["tier", "gold-key", "premium"])
            _ = try await run(["reset", "alice-key"])
            #expect(try limit(fleet.daemons[0], "alice-key") == 7 && limit(fleet.daemons[0], "gold-key") == 100)
            #expect(try ask(fleet.daemons[0], "crawler-key").reason == .blocked)
            let shown = try await run([
                "show", "alice-key", "/predict", "--address", "127.0.0.1:\(fleet.daemons[0].port)",
            ])
            #expect(shown.said.contains("predict/daily 7 until") && shown.said.contains("by olga"))
            #expect(shown.said.contains("generation 1") && shown.said.contains("7 of 7 requests"))
            _ = try await run(["unblock", "crawler-key"])
            _ = try await run(["tier", "gold-key", "--remove"])
            _ = try await run(["override", "alice-key", "predict/daily", "--remove"])
            #expect(try limit(fleet.daemons[0], "alice-key") == 20 && limit(fleet.daemons[0], "gold-key") == 20)
            #expect(try ask(fleet.daemons[0], "crawler-key").verdict == .allowed)
            let log = fleet.daemons[0].child.complained
            #expect(log.ranges(of: "operator's decision").count == 7)
            #expect(log.contains("operator.by=olga operator.change=block") && !log.contains("-key"))
            let stored = try fleet.redis.command("GET", "hg:{control}:document:operators")
            #expect(stored.contains("sha256:") && !stored.contains("-key"))
        }

        @Test(arguments: [
            ("override", #""client":"a","limit":"predict/daly","count":1"#, 404, "the policy has no"),
            ("override", #""client":"a","limit":"all/fleet","count":1"#, 400, "one for several clients"),
            ("override", #""client":"a","limit":"predict/daily""#, 400, "count: give a number"),
            ("override", #""client":"a","limit":"predict/daily","count":9007199254740992"#, 400, "count is above"),
            ("override", #""client":"a","limit":"slots/own","count":4097"#, 400, "counts to 4096 at most"),
            ("tier", #""client":"a","tier":"gold""#, 404, "it has free, premium"),
            ("block", #""client":"a","until":"soon""#, 400, "until:"),
            ("block", #""client":"a","until":"2001-01-01T00:00:00Z""#, 400, "is over already"),
            ("block", #""client":"""#, 400, "client is empty"),
            ("reset", #""client":"a","until":"2h""#, 400, "until has no meaning here"),
        ])
        func `a request that cannot be is refused by name`(_ row: (String, String, Int, String)) async throws {
            let scratch = try Scratch()
            try scratch.write(Self.policy, to: "policy.yaml")
            let daemon = try await DaemonProcess(
                ["--policy", scratch.file("policy.yaml")],
                environment: [:],
                in: scratch
            )
            let answer = try daemon.http.post("/v1/admin/client/\(row.0)", "{\(row.1)}")
            #expect(answer.status == row.2 && answer.body.contains(row.3), "\(answer.status) \(answer.body)")
        }
    }
}
