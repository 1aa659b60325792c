import LimitCore
import LimitStore
import LimitStoreTesting
import Testing

/// The memory store goes through the suite that every store goes through.
@Suite(.timeLimit(.minutes(2)))
struct `Memory store conformance` {
    let conformance = StoreConformance(except: [.bucketPastBound]) {
        let clock = ManualClock()
        return StoreUnderTest(clock: clock, immediate: MemoryStore(clock: { clock.now }))
    }

    @Test(arguments: StatedRule.all)
    func `keeps the stated rule`(rule: StatedRule) async throws {
        try await conformance.check(rule)
    }

    @Test(arguments: [1, 20, 300, 5006, 5041] as [UInt64])
    func `answers as the oracle does over a random history`(seed: UInt64) async throws {
        let coverage = try await conformance.compareWithOracle(seed: seed)
        print("seed \(seed): \(coverage)")
        #expect(coverage.missing() == [])
    }

    @Test(arguments: Property.allCases)
    func `has the property over random histories`(property: Property) async throws {
        try await conformance.check(property, seed: 7)
    }

    @Test(arguments: [7, 8] as [UInt64])
    func `20,000 random histories of leases never exceed the limit`(seed: UInt64) async throws {
        try await conformance.check(.leasesNeverExceedTheLimit, seed: seed, rounds: 10_000)
    }

    @Test(
        arguments: [
            // 1 December 2027, 2099 and 1999: a leap year, a year of a century that is none, and one that is.
            1_827_619_200_000_000, 4_099_766_400_000_000, 944_006_400_000_000,
        ] as [Microseconds]
    )
    func `windows of the calendar hold over 14 months of clock steps`(start: Microseconds) async throws {
        let compared = try await conformance.checkCalendar(from: start, days: 425)
        #expect(compared == 425 * 9 * 7)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a forged lease changes no counter`(seed: UInt64) async throws {
        try await conformance.checkForeignKeys(seed: seed)
    }

    @Test(arguments: Race.allCases, [Algorithm.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog])
    func `admits exactly the limit in a race`(race: Race, algorithm: Algorithm) async throws {
        try await conformance.check(race, algorithm)
    }

    @Test(arguments: [Algorithm.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog])
    func `10,000 leases from 16 callers end with no slot taken`(algorithm: Algorithm) async throws {
        try await conformance.checkLeaseRace(algorithm, leases: 10_000)
    }
}
