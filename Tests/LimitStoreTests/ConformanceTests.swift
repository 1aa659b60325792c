import LimitCore
import LimitStore
import LimitStoreTesting
import Testing

/// The memory store goes through the suite that every store goes through.
@Suite(.timeLimit(.minutes(2)))
struct `Memory store conformance` {
    let conformance = StoreConformance {
        let clock = ManualClock()
        return StoreUnderTest(clock: clock, immediate: MemoryStore(clock: { clock.now }))
    }

    @Test(arguments: StatedRule.all)
    func `keeps the stated rule`(rule: StatedRule) async throws {
        try await conformance.check(rule)
    }

    @Test(arguments: [1, 20, 300] as [UInt64])
    func `answers as the oracle does over a random history`(seed: UInt64) async throws {
        let coverage = try await conformance.compareWithOracle(seed: seed)
        print("seed \(seed): \(coverage)")
        #expect(coverage.missing() == [])
    }

    @Test(arguments: Property.allCases)
    func `has the property over random histories`(property: Property) async throws {
        try await conformance.check(property, seed: 7)
    }

    @Test(arguments: Race.allCases, [Algorithm.fixedWindow, .slidingWindow, .tokenBucket])
    func `admits exactly the limit in a race`(race: Race, algorithm: Algorithm) async throws {
        try await conformance.check(race, algorithm)
    }
}
