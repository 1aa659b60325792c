import LimitPolicy
import PolicyTrials
import Testing

@testable import headgate

@Suite struct `The results of policy test` {
    private func results() throws -> [CaseResult] {
        let policy = try Policy.load(
            Array("routes: [ { name: r, route: /r, limits: [ { name: rpm, rate: 1/min } ] } ]".utf8),
            name: "policy.yaml"
        )
        let file = """
            cases:
              - { name: one passes, client: c, route: /r, steps: [ { expect: allowed } ] }
              - name: two do not
                client: c
                route: /r
                steps:
                  - { repeat: 3, expect: { verdict: allowed, rule: r } }
            """
        let runner = CaseRunner(policy)
        return try CaseDecoder.decode(Array(file.utf8), name: "cases.yaml", for: policy).map { runner.run($0) }
    }

    @Test func `are a line a case and an aligned table under what failed`() throws {
        #expect(
            CaseSummary(try results(), file: "cases.yaml").text == """
                ok      one passes  1 call
                FAILED  two do not  cases.yaml:3
                  step 1 at 0s, cases.yaml:7:9, call 2 of 3 and 1 more
                    c /r: limited (rate), rule r, by r/rpm with 0 of 1 left, retry after 2m
                               expected  got
                      verdict  allowed   limited

                2 cases, 4 calls: 1 failed

                """
        )
    }

    @Test func `are coloured only where it is asked for`() throws {
        #expect(!CaseSummary(try results(), file: "f").text.contains("\u{1B}"))
        #expect(CaseSummary(try results(), file: "f", isColoured: true).text.contains("\u{1B}[31mFAILED\u{1B}[0m"))
    }

    @Test func `are one line of JSON with the same differences`() throws {
        let json = CaseSummary(try results(), file: "cases.yaml").json
        #expect(json.hasSuffix("}\n") && json.split(separator: "\n").count == 1)
        #expect(json.contains(#""failed":1"#) && json.contains(#""failed_calls":2"#))
        #expect(json.contains(#"{"expected":"allowed","got":"limited","part":"verdict"}"#))
    }

    @Test func `tell of a lease who was to end it and what became of it`() throws {
        let policy = try Policy.load(Array("everywhere: [ { concurrency: 2, lease: 5s } ]".utf8), name: "policy.yaml")
        let file = """
            cases:
              - name: too late
                client: c
                route: /r
                steps:
                  - { as: first, expect: allowed }
                  - { at: 5s, settle: first, expect: settled }
            """
        let trials = try CaseDecoder.decode(Array(file.utf8), name: "cases.yaml", for: policy)
        #expect(
            CaseSummary(trials.map { CaseRunner(policy).run($0) }, file: "cases.yaml").text == """
                FAILED  too late  cases.yaml:2
                  step 2 at 5s, cases.yaml:7:9
                    settle first: late (ended before, or run out)
                              expected  got
                      settle  settled   late

                1 case, 2 calls: 1 failed

                """
        )
    }
}
