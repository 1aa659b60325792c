/// Every microsecond refills N parts of a unit that has W of them, until nothing is owed.
struct TokenBucketModel: CounterModel {
    /// What is spent and not yet refilled, in parts.
    private var owed: Int128 = 0
    private var time: Int128 = 0

    mutating func correct(at now: Int128, window: Int128) -> Bool {
        guard now < time else { return false }
        time = now
        return true
    }

    func used(at now: Int128, window: Int128, rate: Int128) -> Int128 {
        quotientUp(owed(at: now, rate), window)
    }

    mutating func charge(_ cost: Int128, at now: Int128, window: Int128, rate: Int128) {
        owed = owed(at: now, rate) + cost * window
        time = now
        let excess = quotientUp(owed, window) - largestAmount
        if excess > 0 { owed -= excess * window }
    }

    private func owed(at now: Int128, _ rate: Int128) -> Int128 {
        max(0, owed - rate * (now - time))
    }
}
