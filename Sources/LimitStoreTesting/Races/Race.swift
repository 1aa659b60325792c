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
        let admitted = try await withThrowingTaskGroup(of: (plan: Int, checks: Int64).self) { group in
            for caller in 0..<Self.callers {
                let plan = caller % plans.count
                let check = TestCheck(plans[plan].map { TestCharge($0, limit, cost: cost) })
                group.addTask {
                    (plan, try await Self.call(store, check, batch: batch, peeks: peeks))
                }
            }
            return try await group.reduce(into: [Int64](repeating: 0, count: plans.count)) { $0[$1.plan] += $1.checks }
        }
        try await compare(store, limit, plans, admitted, cost)
    }

    /// Asks until 50 batches in a row were refused whole, and counts what was admitted.
    private static func call(_ store: StoreUnderTest, _ check: TestCheck, batch: Int, peeks: Bool) async throws -> Int64
    {
        var admitted: Int64 = 0
        var refusals = 0
        var left = Int64.max
        while refusals < 50 {
            if peeks {
                let peek = try await store.decide([check.peeking])
                let remaining = peek[0].outcomes[0].remaining
                try require(remaining <= left, "\(remaining) remaining after \(left), with the clock at rest")
                left = remaining
            }
            let answers = try await store.decide(Array(repeating: check, count: batch))
            let count = answers.count { $0.result == .admitted }
            admitted += Int64(count)
            refusals = count == 0 ? refusals + 1 : 0
            if peeks { await Task.yield() }
        }
        return admitted
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
