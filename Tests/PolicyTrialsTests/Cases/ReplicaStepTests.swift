import LimitPolicy
import Testing

@testable import PolicyTrials

@Suite struct `A step with replicas` {
    private static let policy = """
        routes:
          - name: chat
            route: /chat
            pool: llama
            warm-up: { factor: 0.2, ramp: 60s }
            limits: [ { name: rpm, rate: 50 per minute } ]
          - name: code
            route: /code
            pool: coder
            warm-up: { factor: 0.5, ramp: 10s }
            limits: [ { name: rpm, rate: 50 per minute } ]
          - { name: plain, route: /plain, limits: [ { name: rpm, rate: 50 per minute } ] }
        """

    private func run(_ steps: String) throws -> CaseResult {
        let policy = try load(Self.policy)
        let file = "cases:\n- name: a\n  client: c\n  route: /chat\n  peek: true\n  steps:\n\(steps)"
        let cases = try CaseDecoder.decode(Array(file.utf8), name: "cases.yaml", for: policy)
        return CaseRunner(policy).run(cases[0])
    }

    @Test(arguments: [
        ("warming: 1", "0s", 10), ("warming: 1", "30s", 30), ("warming: 1", "59s", 49), ("warming: 1", "60s", 50),
        ("ready: 1", "0s", 50), ("warming: 1, ready: 1", "0s", 30), ("ready: 1, draining: 1", "0s", 25),
        ("warming: 1, ready: 1, draining: 2", "0s", 15), ("ready: 0", "0s", 50), ("draining: 3", "0s", 1),
    ])
    func `scales the limits of its pool by their mean`(replicas: String, at: String, left: Int) throws {
        let result = try run(
            """
              - { replicas: { pool: llama, \(replicas) } }
              - { at: \(at), expect: { remaining: \(left) } }
              - { route: /plain, expect: { remaining: 50 } }
              - { route: /code, expect: { remaining: 50 } }
            """
        )
        #expect(result.passed, "\(result.failures)")
    }

    @Test func `replaces what its pool had, and is no call`() throws {
        let result = try run(
            """
              - { replicas: { pool: llama, warming: 1 } }
              - { replicas: { pool: coder, warming: 1 } }
              - { expect: { remaining: 10 } }
              - { route: /code, expect: { remaining: 25 } }
              - { at: 5s, replicas: { pool: llama, ready: 2 } }
              - { expect: { remaining: 50 } }
              - { replicas: { pool: coder, ready: 0 } }
              - { route: /code, expect: { remaining: 50 } }
            """
        )
        #expect(result.passed && result.calls == 4, "\(result.failures)")
    }

    @Test func `lets those go on that warm up already, and takes the oldest for ready`() throws {
        let result = try run(
            """
              - { replicas: { pool: llama, warming: 1 } }
              - { at: 30s, replicas: { pool: llama, warming: 2 } }
              - { expect: { remaining: 20 } }
              - { at: 60s, replicas: { pool: llama, warming: 1, ready: 1 } }
              - { expect: { remaining: 40 } }
              - { at: 90s, expect: { remaining: 50 } }
            """
        )
        #expect(result.passed, "\(result.failures)")
    }

    @Test func `lets as many calls through as its limits say`() throws {
        let result = try run(
            """
              - { replicas: { pool: llama, warming: 1 } }
              - { peek: false, repeat: 11, expect: { allowed: 10, limited: 1 } }
              - { at: 60s, expect: { verdict: allowed, remaining: 40 } }
            """
        )
        #expect(result.passed, "\(result.failures)")
    }
}
