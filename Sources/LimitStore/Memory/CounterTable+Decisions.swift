import LimitCore

/// What deciding asks of a shard's counters, whatever they keep.
extension CounterTable {
    /// A counter brought forward to now.
    func reading(at place: Int?, _ limit: Limit, now: Microseconds) -> Reading {
        guard let place else { return Reading(nil, limit, now: now) }
        guard let payload = payloadNumber(at: place) else { return Reading(state(at: place), limit, now: now) }
        return limit.algorithm == .slidingLog
            ? payloads[payload].log.reading(limit, now: now)
            : payloads[payload].slots.reading(limit, now: now)
    }

    /// When a cost fits that a payload does not admit; nil for a counter without one.
    func retry(_ cost: Int64, at place: Int?, _ limit: Limit, now: Microseconds) -> Retry? {
        guard limit.algorithm.hasPayload else { return nil }
        let payload = place.flatMap { payloadNumber(at: $0) }.map { payloads[$0] } ?? CounterPayloads.Payload()
        return limit.algorithm == .slidingLog
            ? payload.log.retry(cost, limit, now: now)
            : payload.slots.retry(cost, limit, now: now)
    }

    /// Leaves a counter as a decision left it: `after`, of which `cost` was charged just now. A slot is taken for `lease`.
    mutating func write(
        _ key: CounterKey,
        at place: Int?,
        _ after: Reading,
        _ limit: Limit,
        cost: Int64,
        lease: UInt64 = 0,
        fullIn reset: Microseconds
    ) {
        let fullAt = Amount.sum(after.now, reset)
        // Whoever holds a slot or is in debt would gain by being forgotten.
        let isDebt = limit.algorithm == .concurrency || after.used(limit) > limit.capacity
        guard limit.algorithm.hasPayload else {
            write(key, at: place, after.state, fullAt: fullAt, isDebt: isDebt, now: after.now)
            return
        }
        let payload = change(place.flatMap { payloadNumber(at: $0) }, limit, cost: cost, lease: lease, now: after.now)
        let state = CounterState(time: 0, spent: 0, aside: Int64(payload), since: Entry.hasPayload)
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
        _ limit: Limit,
        cost: Int64,
        lease: UInt64,
        now: Microseconds
    ) -> Int {
        let number = number ?? payloads.add()
        payloads.update(number) { payload in
            if limit.algorithm == .slidingLog {
                payload.log.correct(limit, now: now)
                if cost > 0 { payload.log.charge(cost, limit, now: now) }
            } else {
                payload.slots.correct(limit, now: now)
                if cost > 0 { payload.slots.take(lease, limit, now: now) }
            }
        }
        return number
    }
}

extension Algorithm {
    /// Keeps more than a `CounterState`.
    var hasPayload: Bool { self == .slidingLog || self == .concurrency }
}
