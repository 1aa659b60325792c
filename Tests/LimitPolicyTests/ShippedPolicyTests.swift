import Foundation
import LimitCore
import LimitPolicy
import Testing

/// The policies that the repository ships, as `make run` and the Python example use them.
@Suite struct `A shipped policy` {
    @Test func `of make run holds its rules and its tiers`() throws {
        let policy = try shipped("deploy/policy/example.yaml")
        #expect(policy.rules.map(\.name) == ["health", "predict", "batch", "premium", "chat"])
        #expect(policy.tiers.map(\.name) == ["free", "premium", "internal"])
        #expect(policy.otherwise == .allow)
        let pricer = Pricer(policy)
        let everywhere = "everywhere/requests-per-1hour"
        #expect(try pricer.price("alice", "/model-info").verdict == "exempt")
        #expect(try pricer.price("alice", "/predict").verdict == "\(everywhere) predict/requests-per-1minute")
        #expect(try pricer.price("alice", "/premium/predict").verdict == "tier: Premium access required")
        #expect(try pricer.price("crawler", "/predict").verdict == "blocked: Ask for a key")
        #expect(try pricer.price("alice", "/elsewhere").verdict == everywhere)
    }

    @Test func `of make run multiplies for premium and knows the internal key by its digest`() throws {
        let pricer = Pricer(try shipped("deploy/policy/example.yaml"))
        let chat = ["model": "llama-3"]
        let premium = try pricer.price("premium-user-key", "/v1/chat/completions", chat)
        #expect(premium.charges.map(\.limit.capacity) == [5000, 40, 300, 600_000, 5_000_000, 2000])
        let unlimited = try pricer.price("internal-key", "/v1/chat/completions", chat)
        #expect(unlimited.limits == ["chat/fleet"])
    }

    @Test(arguments: [
        ("alice", "/predict", 10, 60), ("alice", "/predict/batch", 5, 300),
        ("alice", "/models/lightweight/predict", 100, 60), ("alice", "/models/heavy/predict", 10, 60),
        ("alice", "/models/batch-process", 2, 300), ("premium-user-key", "/premium/predict", 30, 60),
    ])
    func `of the inference example has one limit a route`(
        client: String,
        route: String,
        count: Int64,
        seconds: Int64
    ) throws {
        let pricer = Pricer(try shipped("clients/python/examples/policy.yaml"))
        let limits = try pricer.price(client, route, ["method": "POST"]).charges.map(\.limit)
        #expect(limits.map(\.capacity) == [count])
        #expect(limits.map(\.window) == [seconds * 1_000_000])
    }

    @Test func `of the inference example keeps premium routes for premium and frees the model's description`() throws {
        let pricer = Pricer(try shipped("clients/python/examples/policy.yaml"))
        #expect(try pricer.price("alice", "/premium/predict").verdict == "tier: Premium access required")
        #expect(try pricer.price("alice", "/model-info").verdict == "exempt")
    }

    private func shipped(_ path: String) throws -> Policy {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return try Policy.load(Array(Data(contentsOf: root.appending(path: path))), name: path)
    }
}
