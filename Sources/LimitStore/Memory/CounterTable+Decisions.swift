import LimitCore

/// What deciding asks of a shard's counters, whatever they keep.
extension CounterTable {
    /// A counter brought forward to now.
    @inline(__always)
    func reading(at place: Int?, _ limit: Limit, now: Microseconds) -> Reading {
        guard let place else { return Reading(nil, limit, now: now) }
        guard let payload = payloadNumber(at: place) else {
            return Reading(state(at: place, now: now), limit, now: now)
        }
        switch limit.algorithm {
        case .slidingLog: return payloads[payload].log.reading(limit, now: now)
        case .concurrency: return payloads[payload].slots.reading(limit, now: now)
        default: return Reading(payloads[payload].bucket, limit, now: now)
        }
    }

    /// When a cost fits that a log or slots do not admit; nil for other counters.
    func retry(_ cost: Int64, at place: Int?, _ limit: Limit, now: Microseconds) -> Retry? {
        guard limit.algorithm.isAlwaysPayload else { return nil }
        let payload = place.flatMap { payloadNumber(at: $0) }.map { payloads[$0] } ?? CounterPayloads.Payload()
        return limit.algorithm == .slidingLog
            ? payload.log.retry(cost, limit, now: now)
            : payload.slots.retry(cost, limit, now: now)
    }

    /// Leaves a counter as a decision left it: `after`, of which `cost` was charged just now, under a lease or not, or
    /// given back where it is below 0. One that holds nothing then is removed.
    mutating func write(
        _ key: CounterKey,
        at place: Int?,
        _ after: Reading,
        _ limit: Limit,
        cost: Int64,
        lease: UInt64? = nil,
        fullIn reset: Microseconds
    ) {
        let held = place.flatMap { payloadNumber(at: $0) }
        if cost < 0, after.state.isEmpty, held == nil || after.state.returned == 0 {
            if let place { removeEmpty(at: place) }
            return
        }
        let fullAt = Amount.sum(after.now, reset)
        // Whoever holds a slot or is in debt would gain by being forgotten.
        let isDebt = limit.algorithm == .concurrency || after.used(limit) > limit.capacity
        let isHeldBucket = limit.algorithm == .tokenBucket && lease != nil
        guard limit.algorithm.isAlwaysPayload || held != nil || isHeldBucket else {
            write(key, at: place, after.state, fullAt: fullAt, isDebt: isDebt, now: after.now)
            return
        }
        let payload = change(held, after, limit, cost: cost, lease: lease ?? 0)
        let state = CounterState(time: Entry.hasPayload, spent: 0, aside: Int64(payload))
        write(key, at: place, state, fullAt: fullAt, isDebt: isDebt, now: after.now)
    }

    private mutating func write(
        _ key: CounterKey,
        at place: Int?,
        _ state: CounterState,
        fullAt: Microseconds,
        isDebt: Bool,
        now: Microseconds
    ) {
        if let place {
            update(at: place, state, fullAt: fullAt, isDebt: isDebt)
        } else {
            insert(key, state, fullAt: fullAt, isDebt: isDebt, now: now)
        }
    }

    /// Corrects and charges a payload, a new one where there is none, and returns which it is.
    private mutating func change(
        _ number: Int?,
        _ after: Reading,
        _ limit: Limit,
        cost: Int64,
        lease: UInt64
    ) -> Int {
        let number = number ?? payloads.add()
        payloads.update(number) { payload in
            switch limit.algorithm {
            case .slidingLog:
                payload.log.correct(limit, now: after.now)
                if cost > 0 { payload.log.charge(cost, limit, now: after.now) }
                if cost < 0 { payload.log.takeBack(-cost, limit, now: after.now) }
            case .concurrency:
                payload.slots.correct(limit, now: after.now)
                if cost > 0 { payload.slots.take(lease, limit, now: after.now) }
            default: payload.bucket = after.state
            }
        }
        return number
    }
}

extension Algorithm {
    /// Keeps more than a `CounterState`.
    var isAlwaysPayload: Bool { self == .slidingLog || self == .concurrency }
}
