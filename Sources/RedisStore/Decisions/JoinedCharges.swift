import LimitCore

/// The charges of one check of which several are on one counter: what each is judged by, and what each counter is
/// charged.
///
/// An enforced charge is judged by the sum of the enforced ones on its counter, a shadow by the sum of all, and one that
/// gives back by itself, so that it fits; what the shadows ask is charged where all of them fit. Of several rates on one
/// bucket the slowest refills it. Sums are exact, but for what is past any limit anyway.
struct JoinedCharges {
    /// What a counter is charged if the check is admitted.
    struct Settlement {
        /// The first of the check's charges on the counter.
        var first: Int
        var counter: UInt16
        /// If all shadows on it fit: all charges, under the slowest of their limits.
        var all: Sum
        /// If one does not: the enforced ones.
        var enforced: Sum
    }

    struct Sum {
        var limit: UInt16
        var cost: Int64
    }

    /// By charge.
    private(set) var judged: [Int64] = []
    private(set) var settlements: [Settlement] = []

    init(_ charges: ArraySlice<DecisionPlan.PlannedCharge>, _ limits: [Limit]) {
        for (position, charge) in charges.enumerated() {
            let same = charges.filter { $0.counter == charge.counter }
            let all = Self.sum(same, limits) ?? Sum(limit: charge.limit, cost: 0)
            let enforced = Self.sum(same.filter { !$0.shadow }, limits) ?? Sum(limit: all.limit, cost: 0)
            judged.append(charge.cost < 0 ? charge.cost : charge.shadow ? all.cost : enforced.cost)
            if settlements.contains(where: { $0.counter == charge.counter }) { continue }
            settlements.append(Settlement(first: position, counter: charge.counter, all: all, enforced: enforced))
        }
    }

    /// Above any capacity, and exact in a double.
    private static let most = Amount.max + 1

    private static func sum(_ charges: [DecisionPlan.PlannedCharge], _ limits: [Limit]) -> Sum? {
        guard var slowest = charges.first?.limit else { return nil }
        // As many as a check may have come to less than 2^62.
        var cost: Int64 = 0
        for charge in charges {
            cost += charge.cost
            if limits[Int(charge.limit)].count < limits[Int(slowest)].count { slowest = charge.limit }
        }
        return Sum(limit: slowest, cost: max(-most, min(most, cost)))
    }
}
