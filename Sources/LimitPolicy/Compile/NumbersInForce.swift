internal import LimitCore

/// A limit's numbers for one tier, before warm-up.
struct TierNumbers: Sendable, Hashable {
    /// N.
    var count: Int64
    /// What fits at once: N, or the burst of a bucket.
    var capacity: Int64
    /// The limit does not hold for the tier.
    var isUnlimited = false
}

/// Works out what number is in force for whom.
struct NumbersInForce {
    var tiers: [TierModel]

    /// The numbers of a limit by tier; the last are those of a client that has none.
    func row(for limit: LimitModel) -> [TierNumbers] {
        var row = tiers.indices.map { numbers(for: limit, tier: $0) }
        row.append(TierNumbers(count: limit.count, capacity: limit.burst ?? limit.count))
        return row
    }

    private func numbers(for limit: LimitModel, tier: Int) -> TierNumbers {
        let burst = limit.burst ?? limit.count
        var numbers = TierNumbers(count: limit.count, capacity: burst)
        if limit.isPerClient {
            let multiplier = tiers[tier].multiplier
            numbers.count = Self.multiplied(limit.count, by: multiplier)
            numbers.capacity = Self.multiplied(burst, by: multiplier)
            numbers.isUnlimited = tiers[tier].unlimited
        }
        switch limit.tiers[tier] {
        case .unlimited?: numbers.isUnlimited = true
        case .count(let count)?:
            numbers.count = count
            numbers.capacity = Self.burst(burst, of: limit.count, for: count)
        case nil: break
        }
        return numbers
    }

    /// floor(number x multiplier), at least 1 if the number is; the multiplier is in millionths.
    static func multiplied(_ number: Int64, by multiplier: Int64) -> Int64 {
        if multiplier == 1_000_000 { return number }
        return max(min(number, 1), mulDiv(number, multiplier, 1_000_000).quotient)
    }

    /// A tier's own N takes the burst along in proportion.
    static func burst(_ burst: Int64, of count: Int64, for tierCount: Int64) -> Int64 {
        guard count > 0, burst != count else { return count > 0 ? tierCount : max(burst, tierCount) }
        return max(min(tierCount, 1), mulDiv(burst, tierCount, count).quotient)
    }
}
