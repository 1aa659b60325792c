import LimitPolicy
import Testing

@testable import PolicyTrials

@Suite struct `A lease in a case` {
    private static let policy = """
        routes:
          - name: chat
            route: /chat
            limits:
              - { name: inflight, concurrency: 4, lease: 10s }
              - { name: rpm, rate: 100 per minute, algorithm: fixed-window }
              - { name: tpm, rate: 1000 tokens per minute, algorithm: fixed-window }
          - { name: plain, route: /plain, limits: [ 10 per minute ] }
        """

    private func run(_ steps: String) throws -> CaseResult {
        let policy = try load(Self.policy)
        let file = "cases:\n- name: a\n  client: c\n  route: /chat\n  usage: { tokens: 900 }\n  steps:\n\(steps)"
        let cases = try CaseDecoder.decode(Array(file.utf8), name: "cases.yaml", for: policy)
        return CaseRunner(policy).run(cases[0])
    }

    private func passes(_ steps: String) throws {
        let result = try run(steps)
        #expect(result.passed, "\(result.failures)")
    }

    @Test func `is settled by what was used, and the rest of the estimate comes back`() throws {
        try passes(
            """
              - { as: a, expect: { verdict: allowed, remaining: { chat/tpm: 100, chat/inflight: 3 } } }
              - { expect: { verdict: limited, limit: chat/tpm } }
              - { settle: a, usage: { tokens: 412 }, expect: settled }
              - { peek: true, usage: { tokens: 0 }, expect: { remaining: { chat/tpm: 588, chat/inflight: 4, chat/rpm: 99 } } }
            """
        )
    }

    @Test func `keeps the estimate of what a settlement does not name, also where the case has a usage`() throws {
        try passes(
            """
              - { as: a, usage: { tokens: 300 }, expect: allowed }
              - { settle: a, expect: settled }
              - { peek: true, usage: { tokens: 0 }, expect: { remaining: { chat/tpm: 700 } } }
            """
        )
    }

    @Test func `that is cancelled was never taken`() throws {
        try passes(
            """
              - { as: a, expect: allowed }
              - { cancel: a, expect: settled }
              - { peek: true, usage: { tokens: 0 }, expect: { remaining: { chat/tpm: 1000, chat/inflight: 4, chat/rpm: 100 } } }
            """
        )
    }

    @Test(arguments: ["settle", "cancel", "renew"])
    func `is late once it has ended or has run out`(kind: String) throws {
        try passes("  - { as: a, expect: allowed }\n  - { at: 10s, \(kind): a, expect: late }")
        try passes(
            """
              - { as: a, expect: allowed }
              - { settle: a, usage: { tokens: 1 }, expect: settled }
              - { \(kind): a, expect: late }
              - { peek: true, usage: { tokens: 0 }, expect: { remaining: { chat/tpm: 999, chat/rpm: 99 } } }
            """
        )
    }

    @Test func `is held for its time and not a millisecond longer`() throws {
        try passes("  - { as: a, expect: allowed }\n  - { at: 9999ms, settle: a, expect: settled }")
    }

    @Test func `lives on with each renewal`() throws {
        try passes(
            """
              - { as: a, expect: allowed }
              - { at: 9s, renew: a, repeat: 5, every: 9s, expect: alive }
              - { at: 54s, settle: a, expect: settled }
            """
        )
    }

    @Test func `is to stop where what it used is more than there is`() throws {
        try passes(
            """
              - { as: a, expect: allowed }
              - { renew: a, usage: { tokens: 1000 }, expect: alive }
              - { renew: a, usage: { tokens: 1001 }, expect: stop }
              - { usage: { tokens: 1 }, expect: { verdict: limited, limit: chat/tpm } }
            """
        )
    }

    @Test func `of repeated calls is ended the oldest first and renewed with the others`() throws {
        try passes(
            """
              - { as: a, repeat: 2, every: 5s, usage: { tokens: 0 }, expect: allowed }
              - { as: b, repeat: 3, usage: { tokens: 0 }, expect: { allowed: 2, limited: 1 } }
              - { settle: b, expect: settled }
              - { at: 9s, renew: b, expect: alive }
              - { at: 11s, settle: a, expect: late }
              - { settle: a, expect: settled }
              - { at: 18s, cancel: b, expect: settled }
              - { cancel: b, expect: late }
            """
        )
    }

    @Test func `of each name is told from the others`() throws {
        try passes(
            """
              - { as: a, usage: { tokens: 100 }, expect: allowed }
              - { as: b, usage: { tokens: 200 }, expect: allowed }
              - { cancel: b, expect: settled }
              - { peek: true, usage: { tokens: 0 }, expect: { remaining: { chat/tpm: 900 } } }
            """
        )
    }

    @Test func `that is not as expected is told with its step and the call`() throws {
        let result = try run(
            """
              - { as: a, usage: { tokens: 0 }, repeat: 2, expect: allowed }
              - { at: 1s, settle: a, repeat: 3, every: 1s, expect: settled }
              - { renew: a, expect: alive }
            """
        )
        let failure = try #require(result.failures.first)
        #expect(result.failures.map(\.step) == [2, 3] && result.calls == 6)
        #expect(failure.at == "3s" && failure.repetition == 3 && failure.failedCalls == 1 && failure.call == "settle a")
        #expect(failure.differences == [.init(part: "settle", expected: "settled", got: "late")])
        #expect(failure.answer == "late (ended before, or run out)")
        #expect(result.failures[1].differences == [.init(part: "renew", expected: "alive", got: "late")])
    }

    @Test func `must be as expected among all that are renewed`() throws {
        let result = try run(
            """
              - { as: a, usage: { tokens: 0 }, repeat: 2, every: 6s, expect: allowed }
              - { at: 12s, renew: a, expect: alive }
            """
        )
        #expect(result.failures.first?.differences == [.init(part: "renew", expected: "alive", got: "alive, late")])
        #expect(result.failures.first?.answer == "1 alive, 1 late (ended before, or run out)")
    }

    @Test(arguments: ["settle", "cancel"])
    func `that no call was handed is a failure and not an expectation met`(kind: String) throws {
        for expected in ["settled", "late"] {
            let result = try run(
                "  - { as: a, route: /plain, expect: allowed }\n  - { \(kind): a, expect: \(expected) }"
            )
            #expect(result.failures.first?.differences == [.init(part: kind, expected: expected, got: "no lease")])
        }
    }
}
