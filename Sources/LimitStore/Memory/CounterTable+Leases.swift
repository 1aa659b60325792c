import LimitCore

/// What settling and renewing ask of a shard's counters.
extension CounterTable {
    /// Charges what was used past what is held, whatever the limit, and returns whether the counter is in debt now.
    mutating func charge(_ key: CounterKey, _ excess: Int64, _ limit: Limit, now: Microseconds) -> Bool {
        let place = find(key)
        let after = reading(at: place, limit, now: now).charged(excess, limit)
        write(key, at: place, after, limit, cost: excess, fullIn: after.reset(limit))
        return after.used(limit) > limit.capacity
    }

    /// Gives back what time has not returned yet of a charge.
    mutating func giveBack(_ amount: Int64, of charge: HeldCharge, _ key: CounterKey, now: Microseconds) {
        guard let place = find(key) else { return }
        if charge.limit.algorithm == .slidingLog {
            change(at: place, charge.limit, now: now) { payload in
                _ = payload.log.giveBack(amount, at: charge.stamp, charge.limit, now: now)
            }
        } else if let payload = payloadNumber(at: place) {
            guard let state = charge.giveBack(amount, to: payloads[payload].bucket, now: now) else { return }
            change(at: place, charge.limit, now: now) { $0.bucket = state }
        } else if let state = charge.giveBack(amount, to: state(at: place, now: now), now: now) {
            if state.isEmpty {
                removeEmpty(at: place)
            } else {
                let after = Reading(state, charge.limit, now: now)
                let fullAt = Amount.sum(now, after.reset(charge.limit))
                update(at: place, state, fullAt: fullAt, isDebt: after.used(charge.limit) > charge.limit.capacity)
            }
        }
    }

    func hasSlot(_ key: CounterKey, _ lease: UInt64, _ limit: Limit, now: Microseconds) -> Bool {
        guard let place = find(key), let payload = payloadNumber(at: place) else { return false }
        return payloads[payload].slots.holds(lease, limit, now: now)
    }

    mutating func keepSlot(_ key: CounterKey, _ lease: UInt64, _ limit: Limit, now: Microseconds) {
        guard let place = find(key) else { return }
        change(at: place, limit, now: now) { $0.slots.keep(lease, limit, now: now) }
    }

    mutating func freeSlot(_ key: CounterKey, _ lease: UInt64, _ limit: Limit, now: Microseconds) {
        guard let place = find(key) else { return }
        change(at: place, limit, now: now) { $0.slots.free(lease, limit, now: now) }
    }

    /// Changes what a counter keeps beside its entry, and removes the counter where nothing is left of it.
    private mutating func change(
        at place: Int,
        _ limit: Limit,
        now: Microseconds,
        _ body: (inout CounterPayloads.Payload) -> Void
    ) {
        guard let payload = payloadNumber(at: place) else { return }
        payloads.update(payload, body)
        let after = reading(at: place, limit, now: now)
        if after.state.isEmpty || after.state.spent == 0 {
            removeEmpty(at: place)
        } else {
            let isDebt = limit.algorithm == .concurrency || after.used(limit) > limit.capacity
            let state = CounterState(time: Entry.hasPayload, spent: 0, aside: Int64(payload))
            update(at: place, state, fullAt: Amount.sum(now, after.reset(limit)), isDebt: isDebt)
        }
    }
}
