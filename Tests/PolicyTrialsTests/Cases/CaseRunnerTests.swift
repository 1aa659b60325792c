import LimitPolicy
import Testing

@testable import PolicyTrials

@Suite struct `A case` {
    private static let policy = """
        tiers: { free: {}, gold: { multiplier: 2 } }
        routes:
          - { name: fixed, route: /fixed, limits: [ { name: rpm, rate: 2 per minute, algorithm: fixed-window } ] }
          - { name: gold, route: /gold, require: { tier: gold, message: Gold only } }
          - { name: big, route: /big, limits: [ { name: tpm, rate: 10 tokens per minute, algorithm: token-bucket } ] }
          - { name: dry, route: /dry, shadow: true, limits: [ 0 per minute ] }
        """

    private func run(_ steps: String) throws -> CaseResult {
        let policy = try load(Self.policy)
        let file = "cases:\n- name: a\n  client: c\n  steps:\n\(steps)"
        let cases = try CaseDecoder.decode(Array(file.utf8), name: "cases.yaml", for: policy)
        return CaseRunner(policy).run(cases[0])
    }

    @Test(arguments: [
        "  - { route: /fixed, repeat: 2, expect: allowed }\n  - { route: /fixed, expect: { verdict: limited, retry-after: 1m } }",
        "  - { route: /fixed, repeat: 3, every: 30s, expect: { allowed: 3 } }",
        "  - { route: /fixed, repeat: 3, every: 29s, expect: { allowed: 2, limited: 1 } }",
        "  - { route: /fixed, tier: gold, repeat: 5, expect: { allowed: 4, limited: 1 } }",
        "  - { route: /gold, expect: { reason: tier, message: Gold only, rule: gold } }",
        "  - { route: /gold, tier: gold, expect: { verdict: allowed, rule: gold } }",
        "  - { route: /big, usage: { tokens: 11 }, expect: { reason: cost-too-large, retry-after: never } }",
        "  - { route: /big, usage: { tokens: 4 }, expect: { remaining: 6, limit: big/tpm } }",
        "  - { route: /big, usage: { tokens: 4 }, peek: true, repeat: 9, expect: { remaining: { big/tpm: 10 } } }",
        "  - { route: /dry, expect: { verdict: allowed, remaining: { dry/requests-per-1minute: 0 } } }",
        "  - { route: /else, expect: { verdict: allowed, rule: \"\" } }",
        "  - { route: /else, limits: [ 1/h ], repeat: 2, expect: { allowed: 1, limited: 1 } }",
        "  - { route: /else, limits: [ 0/h ], expect: { limit: inline/requests-per-1hour, verdict: limited } }",
    ])
    func `passes where the policy does what is expected`(steps: String) throws {
        let result = try run(steps)
        #expect(result.passed, "\(result.failures)")
    }

    @Test func `starts with empty counters`() throws {
        let steps = "  - { route: /fixed, repeat: 2, expect: allowed }"
        #expect(try run(steps).passed && run(steps).passed)
    }

    @Test func `tells every part that is not as expected, where and when`() throws {
        let result = try run(
            """
              - { route: /fixed, repeat: 2, expect: allowed }
              - { at: 30s, route: /fixed, expect: { verdict: allowed, limit: big/tpm, retry-after: 20s, remaining: 0 } }
            """
        )
        let failure = try #require(result.failures.first)
        #expect(result.failures.count == 1 && result.calls == 3)
        #expect(failure.step == 2 && failure.at == "30s" && failure.mark == Mark(line: 6, column: 5))
        #expect(failure.call == "c /fixed")
        #expect(
            failure.differences == [
                .init(part: "verdict", expected: "allowed", got: "limited"),
                .init(part: "limit", expected: "big/tpm", got: "fixed/rpm"),
                .init(part: "retry-after", expected: "20s", got: "30s"),
            ]
        )
        #expect(
            failure.answer == "limited (rate), rule fixed, by fixed/rpm with 0 of 2 left, retry after 30s"
        )
    }

    @Test func `names the first of repeated calls that fails and counts the others`() throws {
        let result = try run("  - { route: /fixed, repeat: 5, every: 1s, expect: allowed }")
        let failure = try #require(result.failures.first)
        #expect(failure.repetition == 3 && failure.failedCalls == 3 && failure.at == "2s")
    }

    @Test func `of counts shows what was counted`() throws {
        let result = try run("  - { route: /fixed, repeat: 5, expect: { allowed: 4, forbidden: 1 } }")
        #expect(
            result.failures.first?.differences == [
                .init(part: "allowed", expected: "4", got: "2"), .init(part: "limited", expected: "0", got: "3"),
                .init(part: "forbidden", expected: "1", got: "0"),
            ]
        )
    }

    @Test func `goes on after a step that fails`() throws {
        let result = try run(
            "  - { route: /gold, expect: allowed }\n  - { route: /gold, expect: forbidden }\n  - { route: /gold, expect: limited }"
        )
        #expect(result.failures.map(\.step) == [1, 3])
    }

    @Test func `shows a call that has no answer as an error`() throws {
        let result = try run(
            "  - { route: /fixed, limits: [ { rate: 1/s, burst: 3 } ], repeat: 2, expect: { allowed: 2 } }"
        )
        let failure = try #require(result.failures.first)
        #expect(failure.differences.contains(.init(part: "errors", expected: "0", got: "2")))
        #expect(failure.answer == "error: limits[0].burst is for the algorithm token-bucket")
    }

    @Test func `of the repository passes under the policy of make run`() throws {
        let policy = try Policy.load(try shipped("deploy/policy/example.yaml"), name: "example.yaml")
        let cases = try CaseDecoder.decode(try shipped("deploy/policy/cases.yaml"), name: "cases.yaml", for: policy)
        #expect(cases.count == 12)
        for trial in cases {
            let result = CaseRunner(policy).run(trial)
            #expect(result.passed, "\(result.name): \(result.failures)")
        }
    }
}
