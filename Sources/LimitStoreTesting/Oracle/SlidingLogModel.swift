import LimitCore

/// Every charge counts until W has passed since.
struct SlidingLogModel: CounterModel {
    private struct Entry {
        var time: Int128
        var cost: Int128
    }

    /// Oldest first.
    private var entries: [Entry] = []

    mutating func correct(at now: Int128, _ limit: Limit) -> Bool {
        guard let newest = entries.last?.time, newest - now > Int128(limit.window) else { return false }
        for index in entries.indices { entries[index].time -= newest - now }
        return true
    }

    func used(at now: Int128, _ limit: Limit) -> Int128 {
        entries.reduce(0) { $0 + (counts($1, at: now, limit) ? $1.cost : 0) }
    }

    mutating func charge(_ cost: Int128, at now: Int128, _ limit: Limit, slot: UInt64) -> ChargeMark {
        let time = effective(now)
        let entered = min(cost, largestAmount - used(at: now, limit))
        entries = entries.filter { counts($0, at: now, limit) }
        if let last = entries.indices.last, entries[last].time == time {
            entries[last].cost += entered
        } else if entered > 0 {
            entries.append(Entry(time: time, cost: entered))
        }
        return ChargeMark(stamp: time)
    }

    mutating func giveBack(_ amount: Int128, of charge: ChargeMark, at now: Int128, _ limit: Limit) -> Bool {
        guard let index = entries.firstIndex(where: { $0.time == charge.stamp }), counts(entries[index], at: now, limit)
        else { return false }
        entries[index].cost -= min(amount, entries[index].cost)
        if entries[index].cost == 0 { entries.remove(at: index) }
        if used(at: now, limit) == 0 { entries = [] }
        return true
    }

    mutating func takeBack(_ amount: Int128, at now: Int128, _ limit: Limit) {
        entries = entries.filter { counts($0, at: now, limit) }
        var left = amount
        while left > 0, let oldest = entries.first {
            if oldest.cost > left { entries[0].cost -= left } else { entries.removeFirst() }
            left -= min(left, oldest.cost)
        }
    }

    private func effective(_ now: Int128) -> Int128 {
        max(now, entries.last?.time ?? now)
    }

    private func counts(_ entry: Entry, at now: Int128, _ limit: Limit) -> Bool {
        effective(now) - entry.time < Int128(limit.window)
    }
}
