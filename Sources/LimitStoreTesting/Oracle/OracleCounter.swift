import LimitCore

/// A counter as the oracle keeps it: exact, and with the waits found by search.
struct OracleCounter: Sendable {
    private var model: any CounterModel
    /// From when on nothing counted any more: a store may have thrown the counter away.
    private(set) var emptyFrom: Int128 = .max
    /// The latest instant that the clock has shown since the counter was written.
    private(set) var latest: Int128 = .min
    /// Charged or corrected since it was written.
    private(set) var isChanged = false

    init(_ algorithm: Algorithm) {
        switch algorithm {
        case .fixedWindow: model = FixedWindowModel()
        case .slidingWindow: model = SlidingWindowModel()
        case .tokenBucket: model = TokenBucketModel()
        case .slidingLog: model = SlidingLogModel()
        case .concurrency: model = SlotsModel()
        }
    }

    mutating func correct(at now: Int128, _ limit: Limit) {
        if model.correct(at: now, limit) { isChanged = true }
    }

    mutating func charge(_ cost: Int128, at now: Int128, _ limit: Limit, slot: UInt64) -> ChargeMark {
        isChanged = true
        return model.charge(cost, at: now, limit, slot: slot)
    }

    /// Gives back what of a charge has not come back by itself, and tells whether that was anything.
    ///
    /// A charge before a clock correction cannot be found again, except in a bucket, whose stamp only tells how far it
    /// was refilled.
    mutating func giveBack(_ amount: Int128, of charge: ChargeMark, at now: Int128, _ limit: Limit) -> Bool {
        var corrected = model
        if corrected.correct(at: now, limit), limit.algorithm != .tokenBucket { return false }
        guard corrected.giveBack(amount, of: charge, at: now, limit) else { return false }
        model = corrected
        return true
    }

    /// Takes back from what counts in the current window.
    mutating func takeBack(_ amount: Int128, at now: Int128, _ limit: Limit) {
        guard model.spent(at: now, limit) > 0 else { return }
        isChanged = true
        model.takeBack(amount, at: now, limit)
    }

    func holds(slot: UInt64, at now: Int128, _ limit: Limit) -> Bool {
        guard var slots = model as? SlotsModel else { return false }
        _ = slots.correct(at: now, limit)
        return slots.holds(slot, at: now)
    }

    mutating func keep(slot: UInt64, at now: Int128, _ limit: Limit) {
        guard var slots = model as? SlotsModel else { return }
        _ = slots.correct(at: now, limit)
        slots.keep(slot, at: now, limit)
        model = slots
    }

    mutating func free(slot: UInt64, at now: Int128, _ limit: Limit) -> Bool {
        guard var slots = model as? SlotsModel else { return false }
        _ = slots.correct(at: now, limit)
        guard slots.free(slot, at: now) else { return false }
        model = slots
        return true
    }

    /// Notes that the clock shows `now`.
    mutating func see(_ now: Int128) {
        latest = max(latest, now)
    }

    /// Notes that the state was written at `now`, under limits by which it is empty again after `wait`.
    mutating func written(at now: Int128, emptyAfter wait: Int128) {
        isChanged = false
        latest = now
        emptyFrom = now + wait
    }

    func used(at now: Int128, _ limit: Limit) -> Int128 {
        model.used(at: now, limit)
    }

    func remaining(at now: Int128, _ limit: Limit) -> Int128 {
        max(0, Int128(limit.capacity) - used(at: now, limit))
    }

    func admits(_ cost: Int128, at now: Int128, _ limit: Limit) -> Bool {
        let used = used(at: now, limit)
        let capacity = Int128(limit.capacity)
        if cost < 0 { return true }
        if cost == 0 { return used <= capacity }
        if limit.overdraft { return used < capacity }
        return used + cost <= capacity
    }

    /// The smallest wait after which nothing counts, which is when `remaining` is the limit again.
    func reset(at now: Int128, _ limit: Limit) -> Int128 {
        smallestWait { used(at: now + $0, limit) == 0 } ?? largestAmount
    }

    /// The smallest wait after which `cost` is admitted.
    func retry(_ cost: Int128, at now: Int128, _ limit: Limit) -> Retry {
        let needed = limit.overdraft ? min(cost, 1) : cost
        if needed > Int128(limit.ceiling) { return .never }
        if needed > Int128(limit.capacity) { return .after(1_000_000) }
        let wait = smallestWait { admits(cost, at: now + $0, limit) }
        // A slot may be settled at any time, so the wait for one is only a hint.
        if limit.algorithm == .concurrency { return .after(Int64(min(wait ?? 1_000_000, 1_000_000))) }
        if wait == nil, limit.count == 0 {
            // Nothing refills this bucket. Where warm-up shrank it, that ends some time; else nothing will.
            return limit.capacity < limit.ceiling ? .after(1_000_000) : .never
        }
        return .after(Int64(wait ?? largestAmount))
    }
}

/// The smallest wait of at most 2^53 - 1 that satisfies a condition which, once true, stays true.
func smallestWait(_ holds: (Int128) -> Bool) -> Int128? {
    if holds(0) { return 0 }
    var fails: Int128 = 0
    var candidate: Int128 = 1
    while !holds(candidate) {
        if candidate == largestAmount { return nil }
        fails = candidate
        candidate = min(candidate * 4, largestAmount)
    }
    while candidate - fails > 1 {
        let middle = fails + (candidate - fails) / 2
        if holds(middle) { candidate = middle } else { fails = middle }
    }
    return candidate
}
