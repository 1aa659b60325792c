package import LimitCore

/// Many callers of one store at once, at one instant.
package enum Race: String, Sendable, CaseIterable {
    case oneCounter
    case costsOfThree
    case batches
    case peeksBetween
    case oppositeOrders
    case differentOverlaps
}

extension StoreConformance {
    /// How many callers ask at once.
    private static let callers = 8

    /// Lets the callers loose; together they must be admitted exactly what the limits hold.
    package func check(_ race: Race, _ algorithm: Algorithm) async throws {
        let limit = Limit(algorithm, count: 1000, window: longestWindow)
        let store = try await makeStore()
        let (a, b, c, d) = (CounterName("a"), CounterName("b"), CounterName("c"), CounterName("d"))
        switch race {
        case .oneCounter:
            try await run(store, limit, plans: [[a]])
        case .costsOfThree:
            try await run(store, limit, plans: [[a]], cost: 3)
        case .batches:
            try await run(store, limit, plans: [[a], [a, b]], batch: 16)
        case .peeksBetween:
            try await run(store, limit, plans: [[a], [b, a]], peeks: true)
        case .oppositeOrders:
            try await run(store, limit, plans: [[a, b, c, d], [d, c, b, a], [b, d, a, c]])
        case .differentOverlaps:
            try await run(store, limit, plans: [[a, b], [b, c], [c, a], [d, c], [b, d], [a]])
        }
    }

    /// Every caller asks one plan's counters over and over until it is refused often enough to be sure.
    private func run(
        _ store: StoreUnderTest,
        _ limit: Limit,
        plans: [[CounterName]],
        cost: Int64 = 1,
        batch: Int = 1,
        peeks: Bool = false
    ) async throws {
        let callers = (0..<Self.callers).map { number in
            let charges = plans[number % plans.count].map { TestCharge($0, limit, cost: cost) }
            return Caller(TestCheck(charges), batch: batch, peeks: peeks)
        }
        var admitted = [Int64](repeating: 0, count: plans.count)
        for (number, caller) in try await Caller.run(callers, store).enumerated() {
            admitted[number % plans.count] += caller.admitted
        }
        try await compare(store, limit, plans, admitted, cost)
    }

    /// What each counter holds must be what the plans on it were admitted, and every plan must have met a full counter.
    private func compare(
        _ store: StoreUnderTest,
        _ limit: Limit,
        _ plans: [[CounterName]],
        _ admitted: [Int64],
        _ cost: Int64
    ) async throws {
        var remaining: [CounterName: Int64] = [:]
        for counter in Set(plans.joined()) {
            let answers = try await store.decide([TestCheck(TestCharge(counter, limit, cost: 0), peek: true)])
            let used = limit.capacity - answers[0].outcomes[0].remaining
            let checks = zip(plans, admitted).filter { $0.0.contains(counter) }.reduce(0) { $0 + $1.1 }
            try require(
                used == checks * cost,
                "\(counter) holds \(used), but \(checks) checks of \(cost) were admitted"
            )
            try require(checks * cost <= limit.capacity, "\(checks) checks of \(cost) admitted on \(counter)")
            remaining[counter] = limit.capacity - used
        }
        for plan in plans {
            let isFull = plan.contains { remaining[$0, default: 0] < cost }
            try require(isFull, "\(plan) was refused beside \(remaining)")
        }
    }
}
