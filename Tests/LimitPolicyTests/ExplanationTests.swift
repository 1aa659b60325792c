import LimitCore
import LimitPolicy
import Testing

@Suite struct `An explanation` {
    private static func explain(
        _ client: String,
        _ route: String,
        _ attributes: [String: String] = [:],
        tier: String = "",
        policy: String = ExamplePolicy.full
    ) throws -> String {
        var request = CheckRequest(client: client, route: route)
        request.attributes = attributes
        request.tier = tier
        return try load(policy).explain(request).description
    }

    @Test func `tells the rule, why the earlier ones did not match, and each limit's number`() throws {
        #expect(
            try Self.explain("premium-user-key", "/v1/chat/completions", ["model": "llama-3", "method": "POST"]) == """
                tier: premium (from clients:)
                rule: chat
                  not predict: route /v1/chat/completions is not /predict
                  not batch: route /v1/chat/completions is not /predict/batch
                  not premium: route /v1/chat/completions is not /premium/**
                verdict: allowed within
                  everywhere/requests-per-1hour: 5000 per hour, per client, sliding-window; 1000 x 5 for tier premium
                  chat/rpm: 300 per minute, per client, sliding-window; 60 x 5 for tier premium
                  chat/tpm: 450000 tokens per minute, burst 600000, per client, token-bucket; 90000 x 5 for tier premium
                  chat/inflight: 40 at once, held 30 s, per client, concurrency; 8 x 5 for tier premium
                  chat/fleet: 2000 per minute, one for all, sliding-window; as the file gives it
                  chat/monthly: 20000000 tokens per calendar month, per client, fixed-window; the limit's own number for tier premium, in place of 1000000
                """
        )
    }

    @Test func `tells which attribute did not match`() throws {
        let text = try Self.explain("c", "/v1/chat/completions", ["method": "GET"])
        #expect(text.contains("not chat: model is missing, not llama-*"))
        let other = try Self.explain("c", "/v1/chat/completions", ["method": "GET", "model": "llama-3"])
        #expect(other.contains("not chat: method is GET, not POST"))
        #expect(other.contains("rule: none matches"))
    }

    @Test func `tells what removed a limit`() throws {
        #expect(
            try Self.explain("test", "/premium/x") == """
                tier: internal (from clients:)
                rule: premium
                  not predict: route /premium/x is not /predict
                  not batch: route /premium/x is not /predict/batch
                verdict: allowed, no limit holds
                  not everywhere/requests-per-1hour: tier internal is unlimited
                  not premium/requests-per-1minute: tier internal is unlimited
                """
        )
    }

    @Test(arguments: [
        (
            "crawler", "/predict", "",
            """
            tier: free (the default)
            rule: not looked for
            verdict: forbidden, the client is blocked: Ask for a key
            """
        ),
        (
            "c", "/premium/x", "gold",
            """
            tier: free (the default, for the call names one that is not known)
            rule: premium
              not predict: route /premium/x is not /predict
              not batch: route /premium/x is not /predict/batch
            verdict: forbidden, the rule needs tier premium or internal: Premium access required
            """
        ),
    ])
    func `tells the policy's own verdict`(client: String, route: String, tier: String, text: String) throws {
        #expect(try Self.explain(client, route, tier: tier) == text)
    }

    @Test func `tells shadow, exemption, a tier's own number and a refusal for want of a rule`() throws {
        let policy = """
            tiers: { a: {}, b: { multiplier: 0.5 } }
            otherwise: refuse
            routes:
            - { route: /x, shadow: true, require: a, limits: [ { name: n, rate: 10/s, tiers: { b: 4 } } ] }
            - { route: /y, exempt: true }
            """
        #expect(
            try Self.explain("c", "/x", tier: "b", policy: policy) == """
                tier: b (named by the call)
                rule: /x
                verdict: allowed within
                  in shadow: would need tier a
                  /x/n: 4 per second, per client, sliding-window, in shadow; the limit's own number for tier b, in place of 10
                """
        )
        #expect(
            try Self.explain("c", "/y", policy: policy) == """
                tier: none (nobody gave the client one)
                rule: /y
                  not /x: route /y is not /x
                verdict: allowed, the rule is exempt from all limits
                """
        )
        #expect(
            try Self.explain("c", "/z", policy: policy).hasSuffix(
                "verdict: forbidden, no rule matches and the policy refuses such calls"
            )
        )
    }

    @Test func `of a long policy ends with the rules before the match`() throws {
        let rules = (0..<100).map { "- {route: /r\($0)}" }.joined(separator: "\n")
        let text = try Self.explain("c", "/r99", policy: "routes:\n" + rules)
        #expect(text.contains("  79 earlier rules do not match\n  not /r79: route /r99 is not /r79\n"))
    }

    @Test func `never holds the client`() throws {
        #expect(try !Self.explain("premium-user-key", "/predict").contains("user-key"))
    }
}
