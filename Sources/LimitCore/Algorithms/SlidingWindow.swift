/// Two adjacent windows of W, the first of which starts at the first charge; the older one counts for the part of it
/// that the last W still overlaps, as if it had been spent evenly.
///
/// O(1) in time and space, and no double burst at an edge for steady traffic. A contrived one, all of one window at
/// its end, gets just under 2N into W.
enum SlidingWindow {
    static func read(_ stored: CounterState, _ limit: Limit, now: Microseconds) -> Reading {
        let window = limit.window
        let elapsed = now - stored.time
        if elapsed < 0 {
            guard -elapsed > window else { return Reading(state: stored, now: now, corrected: false) }
            let state = CounterState(time: now, spent: stored.spent, aside: stored.aside)
            return Reading(state: state, now: now, corrected: true)
        }
        if elapsed < window { return Reading(state: stored, now: now, corrected: false) }
        if elapsed >= 2 * window || stored.spent == 0 {
            return Reading(state: .empty(at: now), now: now, corrected: false)
        }
        let rolled = CounterState(time: stored.time + window, spent: 0, aside: stored.spent)
        return Reading(state: rolled, now: now, corrected: false)
    }

    /// ceil(previous x (W - e) / W) + current, e into the current window.
    static func used(_ reading: Reading, _ limit: Limit) -> Int64 {
        let state = reading.state
        if state.aside == 0 { return state.spent }
        let elapsed = max(0, reading.now - state.time)
        return Amount.sum(mulDivUp(state.aside, limit.window - elapsed, limit.window), state.spent)
    }

    static func reset(_ reading: Reading, _ limit: Limit) -> Microseconds {
        let sinceStart = reading.now - reading.state.time
        if reading.state.spent > 0 { return 2 * limit.window - sinceStart }
        return reading.state.aside > 0 ? limit.window - sinceStart : 0
    }

    /// The e at which `cost` fits beside what is spent: in this window where there is room, else in the next one,
    /// which sees this one as its previous.
    static func retry(_ reading: Reading, _ cost: Int64, _ limit: Limit) -> Microseconds {
        let state = reading.state
        let sinceStart = reading.now - state.time
        let room = limit.capacity - cost - state.spent
        if room >= 0 {
            return fits(previous: state.aside, within: room, limit.window) - sinceStart
        }
        let next = fits(previous: state.spent, within: limit.capacity - cost, limit.window)
        return limit.window + next - sinceStart
    }

    /// The smallest e with ceil(previous x (W - e) / W) <= room.
    static func fits(previous: Int64, within room: Int64, _ window: Microseconds) -> Microseconds {
        guard previous > room else { return 0 }
        return window - mulDiv(room, window, previous).quotient
    }

    /// Takes back from the window that was charged, while it is the current one or the one before.
    static func giveBack(_ amount: Int64, _ held: HeldCharge, of reading: Reading, _ limit: Limit) -> CounterState? {
        var state = reading.state
        if state.time == held.stamp, state.spent > 0 {
            state.spent -= min(amount, state.spent)
            return state
        }
        if state.time == held.stamp + limit.window, state.aside > 0 {
            state.aside -= min(amount, state.aside)
            return state
        }
        return nil
    }
}
