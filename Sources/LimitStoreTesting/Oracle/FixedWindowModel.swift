import LimitCore

/// A window starts at the first charge and lasts W, or it is the period of the calendar in which the charge was made.
struct FixedWindowModel: CounterModel {
    private var start: Int128?
    private var spent: Int128 = 0

    mutating func correct(at now: Int128, _ limit: Limit) -> Bool {
        guard let start, start - now > Int128(limit.window) else { return false }
        self.start = limit.period(at: now)?.start ?? now
        return true
    }

    func used(at now: Int128, _ limit: Limit) -> Int128 {
        isOpen(at: now, limit) ? spent : 0
    }

    mutating func charge(_ cost: Int128, at now: Int128, _ limit: Limit, slot: UInt64) -> ChargeMark {
        if !isOpen(at: now, limit) {
            start = limit.period(at: now)?.start ?? now
            spent = 0
        }
        spent = min(spent + cost, largestAmount)
        return ChargeMark(stamp: start ?? now)
    }

    mutating func giveBack(_ amount: Int128, of charge: ChargeMark, at now: Int128, _ limit: Limit) -> Bool {
        guard charge.stamp == start, isOpen(at: now, limit) else { return false }
        spent -= min(amount, spent)
        if spent == 0 { self = FixedWindowModel() }
        return true
    }

    mutating func takeBack(_ amount: Int128, at now: Int128, _ limit: Limit) {
        spent -= min(amount, spent)
        if spent == 0 { self = FixedWindowModel() }
    }

    private func isOpen(at now: Int128, _ limit: Limit) -> Bool {
        guard let start else { return false }
        return max(now, start) < (limit.period(at: start)?.end ?? start + Int128(limit.window))
    }
}
