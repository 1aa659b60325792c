import LimitCore
import LimitPolicy
import Testing

@testable import PolicyTrials

@Suite struct `A file of cases` {
    private static let policy = """
        everywhere: [ 1000 per hour ]
        routes:
          - { name: predict, route: /predict, limits: [ { name: rpm, rate: 10 per minute } ] }
          - { name: chat, route: /chat, pool: llama, warm-up: { factor: 0.2, ramp: 60s }, limits: [ 10 per minute ] }
        """

    private func decode(_ text: String) throws(PolicyErrors) -> [TrialCase] {
        let policy = try Policy.load(Array(Self.policy.utf8), name: "policy.yaml")
        return try CaseDecoder.decode(Array(text.utf8), name: "cases.yaml", for: policy)
    }

    private func steps(_ text: String) throws -> [TrialStep] {
        try #require(try decode("cases: [ { name: a, client: c, route: /predict, steps: [ \(text) ] } ]").first).steps
    }

    private func checks(_ steps: [TrialStep]) -> [TrialCheck] {
        steps.compactMap { if case .check(let check) = $0.action { check } else { nil } }
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
        let steps = checks(try decode(file)[0].steps)
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
        let steps = checks(
            try steps(
                """
                { expect: limited }, { repeat: 3, expect: { allowed: 2, limited: 1 } },
                { expect: { reason: cost-too-large, retry-after: never, remaining: { predict/rpm: 3 } } },
                { expect: { limit: predict/rpm, retry-after: 1500ms, remaining: 2, rule: "", message: no } }
                """
            )
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

    @Test func `names the leases of a call for the steps below it`() throws {
        let steps = try steps(
            """
            { as: a, repeat: 2, expect: { allowed: 1, limited: 1 } }, { settle: a, usage: { tokens: 4 }, expect: late },
            { at: 5s, renew: a, repeat: 3, every: 1s, expect: stop }, { cancel: a, expect: settled },
            { replicas: { pool: llama, warming: 1, draining: 2 } }
            """
        )
        #expect(checks(steps).map(\.leaseName) == ["a"])
        #expect(
            steps.dropFirst().map(\.action) == [
                .lease(
                    TrialLeaseCall(
                        kind: .settle,
                        name: "a",
                        usage: [UnitAmount(unit: "tokens", amount: 4)],
                        expected: .late
                    )
                ),
                .lease(TrialLeaseCall(kind: .renew, name: "a", usage: [], expected: .stop)),
                .lease(TrialLeaseCall(kind: .cancel, name: "a", usage: [], expected: .settled)),
                .replicas(TrialReplicas(pool: "llama", warming: 1, ready: 0, draining: 2)),
            ]
        )
        #expect(steps.map(\.at) == [0, 0, 5_000_000, 7_000_000, 7_000_000])
        #expect(steps.map(\.count) == [2, 1, 3, 1, 1])
    }

    @Test(arguments: [
        (
            "{ settle: b, expect: settled }",
            "settle: \"b\" is no name that a step above gives with as:; did you mean a?"
        ),
        ("{ renew: first, expect: alive }", "renew: \"first\" is no name that a step above gives with as:"),
        ("{ as: a, expect: allowed }", "as: the name \"a\" is taken by line 1"),
        ("{ as: b, expect: limited }", "as: is for a call that is to be allowed"),
        ("{ as: b, repeat: 2, expect: { limited: 2 } }", "as: is for a call that is to be allowed"),
        ("{ as: b, expect: { reason: rate } }", "as: is for a call that is to be allowed"),
        ("{ as: b, peek: true, expect: allowed }", "as: is not for a peek, which is handed no lease"),
        ("{ as: \"\", expect: allowed }", "as: is empty"),
        ("{ settle: a }", "needs expect: such as settled"),
        ("{ renew: a }", "needs expect: such as alive"),
        ("{ settle: a, expect: alive }", "expect: \"alive\" is not one of settled, late"),
        ("{ renew: a, expect: settled }", "expect: \"settled\" is not one of alive, stop, late"),
        ("{ settle: a, expect: { verdict: allowed } }", "expect: must be text"),
        ("{ settle: a, client: d, expect: settled }", "client: has no place beside settle:"),
        ("{ settle: a, cancel: a, expect: settled }", "cancel: has no place beside settle:"),
        ("{ settle: a, as: b, expect: settled }", "as: has no place beside settle:"),
        ("{ cancel: a, usage: { tokens: 1 }, expect: settled }", "usage: has no place beside cancel:"),
        ("{ settle: a, usage: { tokens: -1 }, expect: settled }", "usage.tokens: must be from 0 to 2^53 - 1"),
        ("{ settle: a, usage: { \"\": 1 }, expect: settled }", "usage: usage has an empty unit"),
        ("{ settle: a, every: 1s, expect: settled }", "every: is for a step with repeat:"),
        ("{ setle: a, expect: settled }", "setle: is not a key that is known here; did you mean settle?"),
        (
            "{ replicas: { pool: lama, ready: 1 } }",
            "pool: no rule of the policy has a warm-up with the pool \"lama\"; did"
        ),
        ("{ replicas: { ready: 1 } }", "replicas: needs pool:"),
        ("{ replicas: { pool: llama } }", "replicas: needs warming:, ready: or draining:"),
        ("{ replicas: { pool: llama, ready: 4097 } }", "replicas.ready: must be from 0 to 4096"),
        ("{ replicas: { pool: llama, redy: 1, warming: 1 } }", "replicas.redy: is not a key that is known here; did"),
        ("{ replicas: { pool: llama, ready: 1 }, expect: allowed }", "expect: has no place beside replicas:"),
        ("{ replicas: { pool: llama, ready: 1 }, repeat: 2 }", "repeat: has no place beside replicas:"),
    ])
    func `refuses what contradicts itself about leases and replicas`(step: String, problem: String) {
        let found = problems(
            "cases: [ { name: a, client: c, route: /chat, steps: [ { as: a, expect: allowed }, \(step) ] } ]"
        )
        // One step may hold two contradictions, and tells both.
        #expect(found.contains { $0.contains(problem) }, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("1:") && $0.contains("cases[0].steps[1]") }, "\(found)")
    }

    @Test func `has names of leases for each case`() throws {
        let one =
            "{ name: %, client: c, route: /chat, steps: [ { as: a, expect: allowed }, { settle: a, expect: late } ] }"
        let two = ["x", "y"].map { " - " + one.replacing("%", with: $0) }
        #expect(problems("cases:\n\(two.joined(separator: "\n"))").isEmpty)
    }

    @Test func `has each name once`() {
        let one = "{ name: a, client: c, route: /predict, steps: [ { expect: allowed } ] }"
        #expect(problems("cases:\n - \(one)\n - \(one)") == ["3:4: cases[1]: the name \"a\" is taken by line 2"])
    }
}
