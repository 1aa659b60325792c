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

    @Test(arguments: [1, 20, 300, 5041] as [UInt64])
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

    @Test func `400 random histories of leases never exceed the limit`() async throws {
        try await DrivenRedis.check { try await $0.check(.leasesNeverExceedTheLimit, seed: 7, rounds: 400) }
    }

    @Test(
        arguments: [
            // 1 December 2027, 2099 and 1999: a leap year, a year of a century that is none, and one that is.
            1_827_619_200_000_000, 4_099_766_400_000_000, 944_006_400_000_000,
        ] as [Microseconds]
    )
    func `windows of the calendar hold over 3 months of clock steps`(start: Microseconds) async throws {
        try await DrivenRedis.check {
            let compared = try await $0.checkCalendar(from: start, days: 92)
            #expect(compared == 92 * 9 * 7)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a forged lease changes no counter`(seed: UInt64) async throws {
        try await DrivenRedis.check { try await $0.checkForeignKeys(seed: seed) }
    }

    @Test(arguments: Race.allCases, [Algorithm.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog])
    func `admits exactly the limit in a race`(race: Race, algorithm: Algorithm) async throws {
        try await DrivenRedis.check { try await $0.check(race, algorithm) }
    }

    @Test(arguments: [Algorithm.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog])
    func `2,000 leases from 16 callers end with no slot taken`(algorithm: Algorithm) async throws {
        try await DrivenRedis.check { try await $0.checkLeaseRace(algorithm, leases: 2_000) }
    }
}
