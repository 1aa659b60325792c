import LimitCore

/// Windows of W, one after the other from the first charge; the one before the current counts for the part of it that
/// the last W overlaps, rounded up.
struct SlidingWindowModel: CounterModel {
    /// What was spent, by start of the window.
    private var spent: [Int128: Int128] = [:]

    mutating func correct(at now: Int128, _ limit: Limit) -> Bool {
        guard let newest = spent.keys.max(), newest - now > Int128(limit.window) else { return false }
        var moved: [Int128: Int128] = [:]
        for (start, amount) in spent { moved[start - newest + now] = amount }
        spent = moved
        return true
    }

    func used(at now: Int128, _ limit: Limit) -> Int128 {
        let window = Int128(limit.window)
        guard let view = view(at: now, window) else { return 0 }
        let overlap = quotientUp(view.previous * (window - view.elapsed), window)
        return min(overlap + view.current, largestAmount)
    }

    mutating func charge(_ cost: Int128, at now: Int128, _ limit: Limit, slot: UInt64) -> ChargeMark {
        let window = Int128(limit.window)
        var start = now
        if let view = view(at: now, window), view.previous + view.current > 0 {
            start = view.start
        } else {
            spent = [:]
        }
        spent[start] = min(spent[start, default: 0] + cost, largestAmount)
        spent = spent.filter { $0.key >= start - window }
        return ChargeMark(stamp: start)
    }

    /// The counter is written as it stands now: the window that has begun meanwhile is its newest.
    mutating func giveBack(_ amount: Int128, of charge: ChargeMark, at now: Int128, _ limit: Limit) -> Bool {
        let window = Int128(limit.window)
        guard let view = view(at: now, window), view.start == charge.stamp || view.start == charge.stamp + window,
            let left = spent[charge.stamp], left > 0
        else { return false }
        spent = [view.start: view.current, view.start - window: view.previous]
        spent[charge.stamp] = left - min(amount, left)
        if spent.values.allSatisfy({ $0 == 0 }) { spent = [:] }
        return true
    }

    func spent(at now: Int128, _ limit: Limit) -> Int128 { view(at: now, Int128(limit.window))?.current ?? 0 }

    mutating func takeBack(_ amount: Int128, at now: Int128, _ limit: Limit) {
        let window = Int128(limit.window)
        guard let view = view(at: now, window) else { return }
        let left = max(0, view.current - amount)
        spent = left + view.previous > 0 ? [view.start: left, view.start - window: view.previous] : [:]
    }

    private struct View {
        var start: Int128
        var elapsed: Int128
        var current: Int128
        var previous: Int128
    }

    /// The windows as they lie at an instant, which is never before the newest stamp.
    private func view(at now: Int128, _ window: Int128) -> View? {
        guard let newest = spent.keys.max() else { return nil }
        let now = max(now, newest)
        let start = now - (now - newest) % window
        return View(
            start: start,
            elapsed: now - start,
            current: spent[start] ?? 0,
            previous: spent[start - window] ?? 0
        )
    }
}
