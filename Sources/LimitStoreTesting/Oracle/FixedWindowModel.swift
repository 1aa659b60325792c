/// A window starts at the first charge and lasts W.
struct FixedWindowModel: CounterModel {
    private var start: Int128?
    private var spent: Int128 = 0

    mutating func correct(at now: Int128, window: Int128) -> Bool {
        guard let start, start - now > window else { return false }
        self.start = now
        return true
    }

    func used(at now: Int128, window: Int128, rate: Int128) -> Int128 {
        isOpen(at: now, window) ? spent : 0
    }

    mutating func charge(_ cost: Int128, at now: Int128, window: Int128, rate: Int128) {
        if !isOpen(at: now, window) {
            start = now
            spent = 0
        }
        spent = min(spent + cost, largestAmount)
    }

    private func isOpen(at now: Int128, _ window: Int128) -> Bool {
        guard let start else { return false }
        return max(now, start) - start < window
    }
}
