import Foundation
import LimitCore
import Testing

extension SystemTests {
    /// The end of a daemon under load.
    @Suite struct DrainTests {
        private static let policy = """
            routes:
              - name: drained
                route: /drained
                limits: [ 1000000 per day ]
            """

        @Test func `SIGTERM turns readyz to 503, answers every call in flight, and ends with 0`() async throws {
            let fleet = try await Fleet(Fleet.Settings(daemons: 1, policy: Self.policy))
            let daemon = fleet.daemons[0]
            let callers = try (0..<4).map { _ in try WireConnection(port: daemon.port) }
            let request = CheckRequest(client: "alice", route: "/drained")
            for caller in callers { #expect(try caller.check(request).get().verdict == .allowed) }
            #expect(try daemon.http.get("/readyz").status == 200)
            // Somebody who never says a word holds the end up, so that there is time to see it.
            var silent: Socket? = try Socket(port: daemon.port)
            // A store that does not answer holds the calls in flight; the daemon is told to end while it has them.
            fleet.redis.freeze()
            let inFlight = try callers.map { try $0.send(Array(repeating: request, count: 50)) }
            daemon.child.signal(SIGTERM)
            try await until("the daemon is not ready") { try daemon.http.get("/readyz").status == 503 }
            for (caller, calls) in zip(callers, inFlight) {
                let answers = try caller.answers(to: calls)
                #expect(answers.count == calls.count)
                #expect(try answers.allSatisfy { try $0.get().verdict == .allowed })
            }
            fleet.redis.thaw()
            #expect(silent != nil && daemon.child.exitCode == nil)
            silent = nil
            #expect(try await daemon.child.ended(within: .seconds(12)) == 0, "\(daemon.child.complained)")
        }

        @Test func `what was allowed before and during a drain is what the store has counted`() async throws {
            let fleet = try await Fleet(Fleet.Settings(policy: Self.policy))
            let (leaving, staying) = (fleet.daemons[0], fleet.daemons[1])
            let caller = try WireConnection(port: leaving.port)
            let request = CheckRequest(client: "alice", route: "/drained")
            var answers: [CheckResponse] = []
            // Always a round of calls on its way to the daemon while it answers the one before.
            do {
                var earlier = try caller.send(Array(repeating: request, count: 20))
                for round in 0..<10_000 {
                    if round == 20 { leaving.child.signal(SIGTERM) }
                    let next = try caller.send(Array(repeating: request, count: 20))
                    answers += try caller.answers(to: earlier).map { try $0.get() }
                    earlier = next
                }
            } catch is Socket.Closed {
                caller.takeRest()
                answers += try caller.untaken.values.map { try $0.get() }
            }
            #expect(try await leaving.child.ended(within: .seconds(12)) == 0, "\(leaving.child.complained)")
            #expect(caller.saidGoAway)
            var peek = request
            peek.peek = true
            let state = try WireConnection(port: staying.port).check(peek).get()
            let counted = 1_000_000 - Int(try #require(state.limits.first).remaining)
            // Of an answer that was late for a starved machine's sake nobody knows whether the store has counted it.
            let unknown = answers.count { $0.degraded }
            #expect(answers.allSatisfy { $0.verdict == .allowed })
            #expect((answers.count - unknown...answers.count).contains(counted))
            #expect(answers.count >= 400)
        }
    }
}
