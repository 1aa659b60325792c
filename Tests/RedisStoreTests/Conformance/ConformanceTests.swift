import LimitCore
import LimitStoreTesting
import Testing

/// The Redis store goes through the suite that every store goes through: lane, script and server together.
@Suite(.timeLimit(.minutes(5)))
struct `Redis store conformance` {
    @Test(arguments: StatedRule.all)
    func `keeps the stated rule`(rule: StatedRule) async throws {
        try await DrivenRedis.check { try await $0.check(rule) }
    }

    @Test(arguments: [1, 20, 300] as [UInt64])
    func `answers as the oracle does over a random history`(seed: UInt64) async throws {
        try await DrivenRedis.check { conformance in
            let coverage = try await conformance.compareWithOracle(seed: seed)
            print("seed \(seed): \(coverage)")
            #expect(coverage.missing(except: DrivenRedis.gaps) == [])
        }
    }

    @Test(arguments: Property.allCases)
    func `has the property over random histories`(property: Property) async throws {
        try await DrivenRedis.check { try await $0.check(property, seed: 7, rounds: 60) }
    }

    @Test(arguments: Race.allCases, [Algorithm.fixedWindow, .slidingWindow, .tokenBucket])
    func `admits exactly the limit in a race`(race: Race, algorithm: Algorithm) async throws {
        try await DrivenRedis.check { try await $0.check(race, algorithm) }
    }
}
