import LimitCore
import LimitPolicy
import Testing

@Suite struct `Loading a policy` {
    @Test func `the example loads without what is not enforced yet`() throws {
        let policy = try load(ExamplePolicy.enforced)
        #expect(policy.rules.map(\.name) == ["predict", "batch", "premium", "chat"])
        #expect(
            policy.limits.map(\.name) == [
                "everywhere/requests-per-1hour", "predict/requests-per-1minute", "batch/requests-per-5minute",
                "premium/requests-per-1minute", "chat/rpm", "chat/tpm", "chat/fleet",
            ]
        )
        #expect(policy.tiers.map(\.name) == ["free", "premium", "internal"])
        #expect(policy.defaultTier == 0)
        #expect(policy.warmUps == [WarmUp(pool: "llama", factor: 200_000, minimum: 1, ramp: 60_000_000)])
        #expect(policy.limits[5].capacity == 120_000)
    }

    @Test func `the example is refused by name for what is not enforced yet`() {
        #expect(
            problems(ExamplePolicy.full) == [
                "34:40: routes[3].limits[2].concurrency: concurrency is not enforced by this version",
                "36:32: routes[3].limits[4].rate: calendar rates (calendar month) are not enforced by this version",
            ]
        )
    }
}
