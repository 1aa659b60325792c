import Foundation
import Synchronization
import Testing

extension SystemTests {
    /// Leases that one daemon hands out and another takes back.
    @Suite struct SharedLeaseTests {
        private struct Answer: Decodable {
            struct Limit: Decodable {
                var name: String
                var remaining: Int
            }
            var verdict: String
            var reason: String?
            var lease: String?
            var degraded: Bool?
            var limits: [Limit]?

            var remaining: [String: Int] {
                Dictionary(uniqueKeysWithValues: (limits ?? []).map { ($0.name, $0.remaining) })
            }
        }

        private struct Settled: Decodable { var settled: Bool }

        private struct Renewed: Decodable {
            struct Item: Decodable {
                var alive: Bool
                var stop: Bool
                var lease: String?
            }
            var leases: [Item]
        }

        private static let policy = """
            routes:
              - name: chat
                route: /chat
                limits:
                  - { name: rpm, rate: 60 per day }
                  - { name: tpm, rate: 1000 tokens per day, algorithm: ALGORITHM }
                  - { name: inflight, concurrency: 3, lease: 30s }
              - name: few
                route: /few
                limits: [ { name: few, concurrency: 5, lease: 30s } ]
            """

        private func check(_ daemon: DaemonProcess, tokens: Int = 100, peek: Bool = false) throws -> Answer {
            let body = """
                {"client":"ann","route":"/chat","usage":{"tokens":\(tokens)},"all_limits":true,"peek":\(peek)}
                """
            return try daemon.http.post("/v1/check", body).decode(Answer.self)
        }

        private func settle(_ daemon: DaemonProcess, _ lease: String, tokens: Int) throws -> Bool {
            let body = #"{"lease":"\#(lease)","usage":{"tokens":\#(tokens)}}"#
            return try daemon.http.post("/v1/settle", body).decode(Settled.self).settled
        }

        @Test(arguments: ["fixed-window", "sliding-window", "sliding-log", "token-bucket"])
        func `a lease of one daemon is renewed and settled at the other`(_ algorithm: String) async throws {
            let policy = Self.policy.replacingOccurrences(of: "ALGORITHM", with: algorithm)
            let fleet = try await Fleet(Fleet.Settings(policy: policy))
            let (one, two) = (fleet.daemons[0], fleet.daemons[1])
            let opened = try check(one)
            #expect(opened.verdict == "VERDICT_ALLOWED" && opened.degraded == nil)
            #expect(opened.remaining == ["chat/rpm": 59, "chat/tpm": 900, "chat/inflight": 2])
            let lease = try #require(opened.lease)
            let renewal = try two.http.post("/v1/renew", #"{"leases":[{"lease":"\#(lease)","usage":{"tokens":130}}]}"#)
            let renewed = try #require(try renewal.decode(Renewed.self).leases.first)
            #expect(renewed.alive && !renewed.stop)
            #expect(
                try check(one, tokens: 0, peek: true).remaining == [
                    "chat/rpm": 59, "chat/tpm": 870, "chat/inflight": 2,
                ]
            )
            #expect(try settle(two, try #require(renewed.lease), tokens: 50))
            #expect(
                try check(one, tokens: 0, peek: true).remaining == [
                    "chat/rpm": 59, "chat/tpm": 920, "chat/inflight": 3,
                ]
            )
            // Neither daemon settles it again, by whichever token.
            for daemon in fleet.daemons {
                for token in [lease, try #require(renewed.lease)] {
                    #expect(try !settle(daemon, token, tokens: 0))
                }
            }
            #expect(
                try check(two, tokens: 0, peek: true).remaining == [
                    "chat/rpm": 59, "chat/tpm": 920, "chat/inflight": 3,
                ]
            )
        }

        @Test func `daemons without a secret of their own share the one in the store`() async throws {
            let policy = Self.policy.replacingOccurrences(of: "ALGORITHM", with: "sliding-window")
            let fleet = try await Fleet(Fleet.Settings(policy: policy, hasSecretFile: false))
            let lease = try #require(try check(fleet.daemons[0]).lease)
            #expect(try settle(fleet.daemons[1], lease, tokens: 40))
            #expect(try !settle(fleet.daemons[0], lease, tokens: 0))
            let left = ["chat/rpm": 59, "chat/tpm": 960, "chat/inflight": 3]
            for daemon in fleet.daemons {
                #expect(try check(daemon, tokens: 0, peek: true).remaining == left)
            }
        }

        @Test func `8 callers of two daemons never hold more than 5 slots at once`() async throws {
            let policy = Self.policy.replacingOccurrences(of: "ALGORITHM", with: "fixed-window")
            let fleet = try await Fleet(Fleet.Settings(policy: policy))
            let held = Held()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<8 {
                    group.addTask { try Self.call(fleet.daemons[caller % 2], held) }
                }
                try await group.waitForAll()
            }
            #expect(held.counts.most == 5)
            #expect(held.counts.refused > 0)
            #expect(try Self.ask(fleet.daemons[0], peek: true).limits?.first?.remaining == 5)
        }

        /// What all callers hold together: less than the store thinks at any time, never more.
        private final class Held: Sendable {
            private let state = Mutex((now: 0, most: 0, refused: 0))

            var counts: (now: Int, most: Int, refused: Int) { state.withLock { $0 } }

            func took() {
                state.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
            }

            func gave() { state.withLock { $0.now -= 1 } }
            func wasRefused() { state.withLock { $0.refused += 1 } }
        }

        /// Takes slots until it is refused, gives some back, and so on.
        private static func call(_ daemon: DaemonProcess, _ held: Held) throws {
            var leases: [String] = []
            for round in 0..<60 {
                if let lease = try ask(daemon).lease {
                    leases.append(lease)
                    held.took()
                    if round % 3 > 0 { continue }
                } else {
                    held.wasRefused()
                }
                for lease in leases { try end(daemon, lease, held) }
                leases = []
            }
            for lease in leases { try end(daemon, lease, held) }
        }

        private static func end(_ daemon: DaemonProcess, _ lease: String, _ held: Held) throws {
            held.gave()
            let settled = try daemon.http.post("/v1/settle", #"{"lease":"\#(lease)"}"#).decode(Settled.self)
            if !settled.settled { throw SystemFailure("a lease that lives is not settled") }
        }

        private static func ask(_ daemon: DaemonProcess, peek: Bool = false) throws -> Answer {
            let body = #"{"client":"ann","route":"/few","all_limits":true,"peek":\#(peek)}"#
            return try daemon.http.post("/v1/check", body).decode(Answer.self)
        }
    }
}
