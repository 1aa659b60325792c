import LimitCore
import LimitPolicy
import Testing

@Suite struct `Loading a policy` {
    @Test func `the example loads`() throws {
        let policy = try load(ExamplePolicy.full)
        #expect(policy.rules.map(\.name) == ["predict", "batch", "premium", "chat"])
        #expect(
            policy.limits.map(\.name) == [
                "everywhere/requests-per-1hour", "predict/requests-per-1minute", "batch/requests-per-5minute",
                "premium/requests-per-1minute", "chat/rpm", "chat/tpm", "chat/inflight",
                "chat/fleet", "chat/monthly",
            ]
        )
        #expect(policy.tiers.map(\.name) == ["free", "premium", "internal"])
        #expect(policy.defaultTier == 0)
        #expect(policy.warmUps == [WarmUp(pool: "llama", factor: 200_000, minimum: 1, ramp: 60_000_000)])
        #expect(policy.limits[5].capacity == 120_000)
    }
}
