import LimitCore

extension StoreConformance {
    /// Settles leases that were never granted, on keys of any length and content: no counter may change by it, and the
    /// lease whose keys were tampered with must settle as it would have.
    package func checkForeignKeys(seed: UInt64) async throws {
        let store = try await makeStore()
        var random = SeededGenerator(seed: seed)
        var book = LeaseBook()
        let charges = [Algorithm.fixedWindow, .slidingWindow, .tokenBucket].map { algorithm in
            charge(algorithm.name, Limit(algorithm, count: 100, window: 1_000_000), 10)
        }
        let check = TestCheck(charges, lease: LeaseTerms(id: 1, time: 1_000_000))
        book.take(try await store.decide(check, at: ManualClock.start), to: check)
        let settle = TestOperation(1, ends: true, Dictionary(uniqueKeysWithValues: charges.map { ($0.counter, 4) }))
        guard let granted = book.operation(settle) else { throw Violation("no lease was granted") }
        for id in 2..<200 as Range<UInt64> {
            var forged = granted
            forged.id = id
            forged.ends = random.chance(50)
            for index in forged.charges.indices {
                forged.charges[index].key = Self.forge(forged.charges[index].key, &random)
                forged.targets[index] = random.pick([nil, 0, 5, 50, Amount.max])
            }
            let result = try await store.settle(forged, at: ManualClock.start)
            try require(result != .pending, "a forged lease is never answered")
            try await expect(store, charges, remaining: 90)
        }
        let result = try await store.settle(granted, at: ManualClock.start)
        guard case .done(_, false) = result else { throw Violation("the lease is settled as \(result)") }
        try await expect(store, charges, remaining: 96)
    }

    /// Another key: shorter, longer, or different in a bit.
    private static func forge(_ key: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var forged = key
        switch Int.random(in: 0..<4, using: &random) {
        case 0: forged.removeLast(Int.random(in: 1...max(1, key.count), using: &random))
        case 1: forged.append(UInt8.random(in: 0...255, using: &random))
        case 2:
            forged = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        default: forged[Int.random(in: forged.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        return forged
    }

    private func expect(_ store: StoreUnderTest, _ charges: [TestCharge], remaining: Int64) async throws {
        let answer = try await store.decide(TestCheck(charges, peek: true), at: ManualClock.start)
        try require(answer.outcomes.allSatisfy { $0.remaining == remaining }, "after forged leases: \(answer)")
    }
}
