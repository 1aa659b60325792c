import LimitCore

/// Every check takes a slot, which is free again when it is settled or the lease time has passed without a renewal.
struct SlotsModel: CounterModel {
    /// When each slot runs out.
    private var expiries: [UInt64: Int128] = [:]
    /// When the newest was taken or renewed.
    private var newest: Int128?

    mutating func correct(at now: Int128, _ limit: Limit) -> Bool {
        guard let newest, newest - now > Int128(limit.window) else { return false }
        expiries = expiries.mapValues { $0 - (newest - now) }
        self.newest = now
        return true
    }

    func used(at now: Int128, _ limit: Limit) -> Int128 {
        Int128(expiries.values.count { $0 > effective(now) })
    }

    mutating func charge(_ cost: Int128, at now: Int128, _ limit: Limit, slot: UInt64) -> ChargeMark {
        let time = effective(now)
        expiries = expiries.filter { $0.value > time }
        expiries[slot] = time + Int128(limit.window)
        newest = time
        return ChargeMark(stamp: 0)
    }

    /// Slots are freed by their names, not by amounts.
    mutating func giveBack(_ amount: Int128, of charge: ChargeMark, at now: Int128, _ limit: Limit) -> Bool {
        false
    }

    mutating func takeBack(_ amount: Int128, at now: Int128, _ limit: Limit) {
        preconditionFailure("slots are not given back by amounts")
    }

    /// Whether the slot has not run out.
    func holds(_ slot: UInt64, at now: Int128) -> Bool {
        expiries[slot].map { $0 > effective(now) } ?? false
    }

    /// Gives a slot that has not run out another lease time.
    mutating func keep(_ slot: UInt64, at now: Int128, _ limit: Limit) {
        _ = charge(1, at: now, limit, slot: slot)
    }

    /// Frees a slot and tells whether it was taken.
    mutating func free(_ slot: UInt64, at now: Int128) -> Bool {
        guard holds(slot, at: now) else { return false }
        expiries[slot] = nil
        if !expiries.values.contains(where: { $0 > effective(now) }) { self = SlotsModel() }
        return true
    }

    private func effective(_ now: Int128) -> Int128 {
        max(now, newest ?? now)
    }
}
