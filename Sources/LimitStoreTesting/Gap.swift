import LimitCore

/// A rule that a store may be known to break for now: random histories go round it, and the stated rule must fail,
/// so that a gap which has been closed is found out and taken off the list.
package enum Gap: String, Sendable, CaseIterable {
    /// Costs on one counter whose sum is past 2^53 - 1.
    case sumPastBound
    /// Charges of several rates on one bucket in a check.
    case bucketOfSeveralRates
    /// A bucket that warm-up shrank and left without refill.
    case shrunkWithoutRefill
    /// The algorithm `sliding-log`.
    case slidingLog
    /// The algorithm `concurrency`.
    case concurrency
    /// Windows aligned to the calendar.
    case calendar
    /// Leases: granted, settled and renewed.
    case leases
    /// What a lease gives back to a bucket to which more than 2^53 - 1 was charged while something of it was owed: a store
    /// that follows a bucket only from its first lease on knows better than sums which saturate.
    case bucketPastBound

    /// The check without what belongs to the gap.
    func sparing(_ check: TestCheck) -> TestCheck {
        var check = check
        if self == .leases { check.lease = nil }
        for index in check.charges.indices {
            let charge = check.charges[index]
            let before = check.charges[..<index].filter { $0.counter == charge.counter }
            switch self {
            case .sumPastBound:
                let sum = before.reduce(Int64(0)) { $0 + $1.cost }
                check.charges[index].cost = min(charge.cost, Amount.max - sum)
            case .bucketOfSeveralRates:
                let isBucket = charge.limit.algorithm == .tokenBucket
                if isBucket, let first = before.first { check.charges[index].limit.count = first.limit.count }
            case .shrunkWithoutRefill:
                if charge.limit.count == 0 { check.charges[index].limit.ceiling = charge.limit.capacity }
            case .slidingLog:
                if charge.limit.algorithm == .slidingLog { check.charges[index].limit.algorithm = .slidingWindow }
            case .concurrency:
                if charge.limit.algorithm == .concurrency { check.charges[index].limit.algorithm = .fixedWindow }
            case .calendar:
                check.charges[index].limit.calendar = nil
            case .leases, .bucketPastBound:
                break
            }
        }
        return check
    }
}
