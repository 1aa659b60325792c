import LimitCore

/// Makes up what is done with the leases of a random history.
struct LeaseDesk {
    private static let mostOpen = 24

    private var number: UInt64 = 0
    /// Ended ones among them: they are asked about once more now and then.
    private var leases: [UInt64] = []

    /// The lease that a check asks for. Slots are part of one; other checks may do without.
    mutating func terms(_ check: TestCheck, using random: inout SeededGenerator) -> LeaseTerms? {
        let takesSlot = check.charges.contains { $0.limit.algorithm == .concurrency && $0.cost > 0 }
        guard takesSlot || random.chance(40) else { return nil }
        number += 1
        let windows = check.charges.map(\.limit.window) + [1_000_000]
        let window = random.pick(windows)
        return LeaseTerms(id: number, time: max(1, random.pick([window, window, window / 2, 2 * window, 1])))
    }

    mutating func opened(_ lease: UInt64) {
        leases.append(lease)
        if leases.count > Self.mostOpen { leases.removeFirst() }
    }

    /// What comes in at an instant.
    mutating func operations(
        _ oracle: Oracle,
        at now: Microseconds,
        atMost most: Int,
        using random: inout SeededGenerator
    ) -> [TestOperation] {
        guard !leases.isEmpty, most > 0, random.chance(70) else { return [] }
        return (0..<min(most, Int.random(in: 1...8, using: &random))).map { _ in
            var index = random.chance(70) ? leases.count - 1 : Int.random(in: leases.indices, using: &random)
            if random.chance(85) { index = leases.lastIndex { oracle.isOpen($0, at: now) } ?? index }
            let lease = leases[index]
            if random.chance(80) { leases.insert(leases.remove(at: index), at: 0) }
            return operation(lease, oracle, using: &random)
        }
    }

    private func operation(
        _ lease: UInt64,
        _ oracle: Oracle,
        using random: inout SeededGenerator
    ) -> TestOperation {
        var targets: [CounterName: Int64] = [:]
        let isCancel = random.chance(15)
        for hold in oracle.leases[lease]?.holds ?? [] where !hold.isSlot && (isCancel || random.chance(80)) {
            targets[hold.counter] = isCancel ? 0 : target(Int64(hold.held), hold.limit, using: &random)
        }
        return TestOperation(
            lease,
            ends: isCancel || random.chance(55),
            targets,
            time: random.chance(80) ? oracle.leases[lease]?.time ?? 1 : random.pick([1, 1_000, 3_600_000_000]),
            isOldToken: random.chance(25)
        )
    }

    private func target(_ held: Int64, _ limit: Limit, using random: inout SeededGenerator) -> Int64 {
        let choices = [
            0, 1, held / 2, held / 2, held - 1, held, held + 1, held + limit.capacity / 4, held / 3, limit.capacity,
            random.chance(10) ? Amount.max : held,
        ]
        return min(max(0, random.pick(choices)), Amount.max)
    }
}
