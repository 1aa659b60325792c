import LimitCore

/// Every microsecond refills N parts of a unit that has W of them, until nothing is owed.
///
/// What was charged while something was owed without a break is a line of units. What comes back, refilled or given
/// back, leaves it at its old end, so a charge can give back no more than the whole units that stand up to its own last
/// one. What was charged last gives back a unit that is partly refilled too: then nothing is owed.
struct TokenBucketModel: CounterModel {
    /// What is spent and not yet refilled, in parts.
    private var owed: Int128 = 0
    private var time: Int128 = 0
    /// When the line began, and how long it has grown. One that was taken back in the instant in which it began goes on
    /// within that.
    private var since: Int128?
    private var charged: Int128 = 0

    mutating func correct(at now: Int128, _ limit: Limit) -> Bool {
        guard now < time else { return false }
        time = now
        return true
    }

    func used(at now: Int128, _ limit: Limit) -> Int128 {
        quotientUp(owed(at: now, limit), Int128(limit.window))
    }

    mutating func charge(_ cost: Int128, at now: Int128, _ limit: Limit, slot: UInt64) -> ChargeMark {
        let window = Int128(limit.window)
        let goesOn = owed == 0 && time == now && since != nil
        owed = owed(at: now, limit)
        if owed == 0, !goesOn { (since, charged) = (now, 0) }
        owed += cost * window
        time = now
        let excess = max(0, quotientUp(owed, window) - largestAmount)
        owed -= excess * window
        charged += cost - excess
        return ChargeMark(
            stamp: since ?? now,
            charged: min(returned(at: now, limit) + used(at: now, limit), largestAmount)
        )
    }

    /// The refill since `time` stays to be done, at the rate that is then in force.
    mutating func giveBack(_ amount: Int128, of charge: ChargeMark, at now: Int128, _ limit: Limit) -> Bool {
        guard charge.stamp == since else { return false }
        let window = Int128(limit.window)
        let standing = max(0, owed(at: now, limit) - (charged - charge.charged) * window)
        let isLast = charge.charged == charged
        let back = min(amount, isLast ? used(at: now, limit) : standing / window)
        guard back > 0 else { return false }
        owed = max(0, owed - back * Int128(limit.window))
        if owed == 0 { since = nil }
        return true
    }

    mutating func takeBack(_ amount: Int128, at now: Int128, _ limit: Limit) {
        owed = max(0, owed(at: now, limit) - amount * Int128(limit.window))
        time = now
        if owed == 0, since != now { since = nil }
    }

    /// How much of the line is gone.
    private func returned(at now: Int128, _ limit: Limit) -> Int128 {
        min(charged - used(at: now, limit), largestAmount)
    }

    private func owed(at now: Int128, _ limit: Limit) -> Int128 {
        max(0, owed - Int128(limit.count) * (now - time))
    }
}
