import Foundation
import LimitCore
import Testing

extension SystemTests {
    /// Policies that live in the store.
    @Suite struct PushTests {
        private static func policy(_ limit: Int) -> String {
            """
            routes:
              - name: pushed
                route: /pushed
                limits: [ \(limit) per day ]
            """
        }

        private static let broken = """
            routes:
              - name: pushed
                route: /pushed
                limits: [ many per day ]
            """

        /// Pushes a file with the built command and returns the fingerprint that it prints.
        private func push(_ text: String, _ fleet: Fleet) async throws -> String {
            let file = try fleet.scratch.write(text, to: "pushed.yaml")
            let command = try fleet.command(["policy", "push", file])
            #expect(try await command.ended() == 0, "\(command.complained)")
            let words = command.said.split { $0.isWhitespace }
            return try #require(words.last.map(String.init))
        }

        private func fingerprints(_ fleet: Fleet) throws -> [String] {
            try fleet.daemons.map { try $0.status().policy.fingerprint }
        }

        @Test func `a pushed policy is in force on both daemons within two seconds`() async throws {
            let fleet = try await Fleet(Fleet.Settings())
            for limit in [3, 2] {
                let fingerprint = try await push(Self.policy(limit), fleet)
                try await until("both daemons have the pushed policy", within: .seconds(2)) {
                    try fingerprints(fleet) == [fingerprint, fingerprint]
                }
            }
            let callers = try fleet.daemons.map { try WireConnection(port: $0.port) }
            let verdicts = try (0..<6).map {
                try callers[$0 % 2].check(CheckRequest(client: "alice", route: "/pushed")).get().verdict
            }
            #expect(verdicts.count { $0 == .allowed } == 2)
        }

        @Test func `a broken policy is refused with its place and is not pushed`() async throws {
            let fleet = try await Fleet(Fleet.Settings())
            let fingerprint = try await push(Self.policy(3), fleet)
            try await until("both daemons have the pushed policy") {
                try fingerprints(fleet) == [fingerprint, fingerprint]
            }
            let before = try fleet.redis.command("EVAL", "return #redis.call('KEYS', '*document*')", "0")
            let file = try fleet.scratch.write(Self.broken, to: "broken.yaml")
            let command = try fleet.command(["policy", "push", file])
            #expect(try await command.ended() == 2)
            #expect(command.complained.contains("\(file):4:"), "\(command.complained)")
            #expect(try fleet.redis.command("EVAL", "return #redis.call('KEYS', '*document*')", "0") == before)
            // Two polls of each daemon later, nothing has come.
            try await FaultTests.pass(.seconds(2.2))
            for daemon in fleet.daemons {
                let policy = try daemon.status().policy
                #expect(policy.fingerprint == fingerprint && policy.reload_problem == nil)
            }
        }

        @Test func `with Redis down a daemon starts with the last good policy of its state directory`() async throws {
            let scratch = try Scratch()
            let state = scratch.file("state")
            let settings = Fleet.Settings(daemons: 1, arguments: ["--state-dir", state])
            let fleet = try await Fleet(settings)
            let fingerprint = try await push(Self.policy(3), fleet)
            try await until("the policy is kept") {
                try fingerprints(fleet) == [fingerprint]
                    && !FileManager.default.contentsOfDirectory(atPath: state).isEmpty
            }
            fleet.daemons[0].child.signal(SIGTERM)
            #expect(try await fleet.daemons[0].child.ended() == 0)
            fleet.redis.stop()
            let again = try await Fleet.start("again", settings, fleet.scratch, fleet.redis)
            #expect(try again.status().policy.fingerprint == fingerprint)
            let caller = try WireConnection(port: again.port)
            let answers = try (0..<5).map { _ in try caller.check(CheckRequest(client: "alice", route: "/pushed")).get()
            }
            #expect(answers.allSatisfy { $0.degraded && $0.rule == "pushed" })
            #expect(answers.count { $0.verdict == .allowed } == 3)
        }
    }
}
