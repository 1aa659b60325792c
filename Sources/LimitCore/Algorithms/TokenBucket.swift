/// A bucket of `capacity` that refills N per W without pause.
///
/// It keeps what is spent instead of what is left, and the part of a unit that has been refilled as an integer in
/// 1/W, so no refill is ever lost to rounding.
enum TokenBucket {
    static func read(_ stored: CounterState, _ limit: Limit, now: Microseconds) -> Reading {
        if now < stored.time {
            var state = stored
            state.time = now
            return Reading(state: state, now: now, corrected: true)
        }
        if stored.spent == 0, stored.time == now { return Reading(state: stored, now: now, corrected: false) }
        let refill = mulAddDiv(limit.count, now - stored.time, stored.aside, limit.window)
        if refill.quotient >= stored.spent {
            return Reading(state: .empty(at: now), now: now, corrected: false)
        }
        let state = CounterState(
            time: now,
            spent: stored.spent - refill.quotient,
            aside: refill.remainder,
            since: stored.since,
            returned: Amount.sum(stored.returned, refill.quotient)
        )
        return Reading(state: state, now: now, corrected: false)
    }

    static func reset(_ reading: Reading, _ limit: Limit) -> Microseconds {
        wait(until: reading.state.spent, reading, limit)
    }

    static func retry(_ reading: Reading, _ cost: Int64, _ limit: Limit) -> Retry {
        guard limit.count > 0 else {
            // A bucket that is never refilled has no time at which it fits, unless it is warm-up that empties it.
            return limit.capacity < limit.ceiling ? .after(Reading.scaledHint) : .never
        }
        return .after(wait(until: reading.state.spent + cost - limit.capacity, reading, limit))
    }

    static func wait(until refilled: Int64, _ reading: Reading, _ limit: Limit) -> Microseconds {
        guard refilled > 0 else { return 0 }
        guard limit.count > 0 else { return Amount.max }
        return refillTime(refilled, window: limit.window, carry: reading.state.aside, rate: limit.count)
    }

    /// Takes back what time has not yet returned of a charge.
    ///
    /// What comes back to a bucket, by refill or given back, is taken to be of the oldest charge still spent: so of a
    /// charge after which C had been charged in all since the bucket was full, min(its amount, C - returned) is left.
    /// Where other charges came after it, the unit that is being refilled stays: it is partly back already, and would
    /// come back twice.
    /// The bucket is not brought forward, so its refill goes on as it would have; what is written back is put right
    /// where the clock stepped back.
    static func giveBack(
        _ amount: Int64,
        _ held: HeldCharge,
        to stored: CounterState,
        of reading: Reading
    ) -> CounterState? {
        var left = min(held.mark - reading.state.returned, reading.state.spent)
        if reading.state.aside > 0, left < reading.state.spent { left -= 1 }
        guard reading.state.since == held.stamp, left > 0 else { return nil }
        var state = reading.corrected ? reading.state : stored
        let given = min(amount, left)
        state.spent -= given
        state.returned = Amount.sum(state.returned, given)
        return state
    }
}
