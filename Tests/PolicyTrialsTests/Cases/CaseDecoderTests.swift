import LimitCore
import LimitPolicy
import PolicyTrials
import Testing

@Suite struct `A file of cases` {
    private static let policy = """
        everywhere: [ 1000 per hour ]
        routes:
          - { name: predict, route: /predict, limits: [ { name: rpm, rate: 10 per minute } ] }
        """

    private func decode(_ text: String) throws(PolicyErrors) -> [TrialCase] {
        let policy = try Policy.load(Array(Self.policy.utf8), name: "policy.yaml")
        return try CaseDecoder.decode(Array(text.utf8), name: "cases.yaml", for: policy)
    }

    private func steps(_ text: String) throws -> [TrialStep] {
        try #require(try decode("cases: [ { name: a, client: c, route: /predict, steps: [ \(text) ] } ]").first).steps
    }

    private func problems(_ text: String) -> [String] {
        do throws(PolicyErrors) {
            _ = try decode(text)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func `gives steps what their case says, and lets them say otherwise`() throws {
        let file = """
            cases:
              - name: a
                client: c
                route: /r
                tier: gold
                attributes: { model: x, method: GET }
                usage: { tokens: 5 }
                steps:
                  - expect: allowed
                  - { client: d, attributes: { model: y }, usage: { tokens: 7 }, tier: tin, peek: true, expect: allowed }
            """
        let steps = try decode(file)[0].steps
        var common = CheckRequest(client: "c", route: "/r")
        common.tier = "gold"
        common.attributes = ["model": "x", "method": "GET"]
        common.usage = ["tokens": 5]
        #expect(steps[0].request == common)
        var own = common
        own.client = "d"
        own.attributes["model"] = "y"
        own.usage["tokens"] = 7
        own.tier = "tin"
        own.peek = true
        #expect(steps[1].request == own)
    }

    @Test func `counts time from the start, as a span or as an instant, and a step without one goes on at once`() throws
    {
        let steps = try steps(
            """
            { expect: allowed }, { at: 1m30s, repeat: 3, every: 2s, expect: allowed }, { expect: allowed },
            { at: "2026-01-05T00:02:00Z", expect: allowed }
            """
        )
        #expect(steps.map(\.at) == [0, 90_000_000, 94_000_000, 120_000_000])
        #expect(steps.map(\.count) == [1, 3, 1, 1] && steps[1].every == 2_000_000)
    }

    @Test func `starts where the file or the case says`() throws {
        let cases = try decode(
            """
            start: 2026-03-01T00:00:00Z
            cases:
              - { name: a, client: c, route: /r, steps: [ { expect: allowed } ] }
              - { name: b, start: 2026-04-01T00:00:00Z, client: c, route: /r, steps: [ { expect: allowed } ] }
            """
        )
        #expect(cases.map { Instant.day($0.start) } == ["2026-03-01", "2026-04-01"])
    }

    @Test func `expects a verdict, counts, or parts of the answer`() throws {
        let steps = try steps(
            """
            { expect: limited }, { repeat: 3, expect: { allowed: 2, limited: 1 } },
            { expect: { reason: cost-too-large, retry-after: never, remaining: { predict/rpm: 3 } } },
            { expect: { limit: predict/rpm, retry-after: 1500ms, remaining: 2, rule: "", message: no } }
            """
        )
        var verdict = ExpectedAnswer()
        verdict.verdict = .limited
        #expect(steps[0].expected == .each(verdict))
        #expect(steps[1].expected == .counts([.allowed: 2, .limited: 1]))
        var first = ExpectedAnswer()
        first.reason = .costTooLarge
        first.retryAfter = .never
        first.remainingByLimit = ["predict/rpm": 3]
        #expect(steps[2].expected == .each(first))
        var second = ExpectedAnswer()
        second.limit = "predict/rpm"
        second.retryAfter = .milliseconds(1500)
        second.remaining = 2
        second.rule = ""
        second.message = "no"
        #expect(steps[3].expected == .each(second))
    }

    @Test(arguments: [
        ("", "1:1: has no cases"),
        ("cases: []", "1:8: cases: has no cases"),
        ("case: []", "1:1: has no cases"),
        ("cases: [ { steps: [ { client: a, route: /r, expect: allowed } ] } ]", "1:10: cases[0]: needs a name"),
        ("cases: [ { name: a } ]", "1:10: cases[0]: needs steps"),
        ("start: noon\ncases: [ ]", "1:8: start: \"noon\" is no instant such as 2026-01-05T00:00:00Z"),
        ("cases: [", "2:1: did not find expected node content (while parsing a flow node from 2:1)"),
    ])
    func `that is none is refused with its place`(text: String, problem: String) {
        #expect(problems(text).contains(problem), "\(problems(text))")
    }

    @Test(arguments: [
        ("{ expct: 1, expect: allowed }", "expct: is not a key that is known here; did you mean expect?"),
        ("{ expect: maybe }", "expect: \"maybe\" is not one of allowed, limited, forbidden"),
        (
            "{ at: 1m, expect: allowed }, { at: 30s, expect: allowed }",
            "at: is before the step above it, whose last call is at 1m"
        ),
        ("{ at: \"2025-01-01T00:00:00Z\", expect: allowed }", "at: is before the case's start, 2026-01-05T00:00:00Z"),
        ("{ at: 400d, expect: allowed }", "at: \"400d\" is no time: 30s, 1m30s or 2026-01-05T00:00:00Z"),
        ("{ repeat: 0, expect: allowed }", "repeat: must be from 1 to 1000000"),
        ("{ every: 1s, expect: allowed }", "every: is for a step with repeat:"),
        ("{ repeat: 3, expect: { allowed: 2 } }", "expect: comes to 2 calls; the step makes 3"),
        ("{ repeat: 3, expect: { allowed: 3, reason: rate } }", "expect.reason: is not a key that is known here"),
        (
            "{ expect: { reason: full } }",
            "expect.reason: \"full\" is not one of rate, concurrency, cost-too-large, tier, blocked, no-rule"
        ),
        (
            "{ expect: { limit: predict/rpn } }",
            "expect.limit: \"predict/rpn\" is not a limit of the policy; did you mean predict/rpm?"
        ),
        (
            "{ expect: { rule: predikt } }",
            "expect.rule: \"predikt\" is not a rule of the policy; did you mean predict?"
        ),
        ("{ expect: { remaining: { x/y: 1 } } }", "expect.remaining.x/y: \"x/y\" is not a limit of the policy"),
        ("{ expect: {} }", "expect: expects nothing"),
        ("{ usage: { tokens: -1 }, expect: allowed }", "usage.tokens: must be from 0 to 2^53 - 1"),
        ("{ attributes: { \"\": x }, expect: allowed }", "attributes has an empty key"),
        ("{ limits: [ 1 per fortnight ], expect: allowed }", "limits[0]: \"fortnight\" at byte 6 is not a period"),
        ("{ limits: [ { scope: a } ], expect: allowed }", "limits[0]: needs rate:"),
    ])
    func `names every problem of a step at its place`(step: String, problem: String) {
        let found = problems("cases: [ { name: a, client: c, route: /predict, steps: [ \(step) ] } ]")
        #expect(found.count == 1 && found[0].contains(problem), "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("1:") && $0.contains("cases[0].steps[") })
    }

    @Test func `has each name once`() {
        let one = "{ name: a, client: c, route: /predict, steps: [ { expect: allowed } ] }"
        #expect(problems("cases:\n - \(one)\n - \(one)") == ["3:4: cases[1]: the name \"a\" is taken by line 2"])
    }
}
