/// A window of W that starts at the first charge, or one of the calendar.
enum FixedWindow {
    static func read(_ stored: CounterState, _ limit: Limit, now: Microseconds) -> Reading {
        let start = start(limit, now: now)
        let behind = stored.time - now
        if behind > limit.window {
            // The clock stepped back by more than a window: the window is the one of now, what was spent stays spent.
            let state = CounterState(time: start, spent: stored.spent)
            return Reading(state: state, now: now, corrected: true)
        }
        let expired = limit.calendar == nil ? -behind >= limit.window : stored.time < start
        return Reading(state: expired ? .empty(at: start) : stored, now: now, corrected: false)
    }

    /// Where a window starts that is charged first at `now`.
    static func start(_ limit: Limit, now: Microseconds) -> Microseconds {
        limit.calendar?.window(at: now, length: limit.window).start ?? now
    }

    static func reset(_ reading: Reading, _ limit: Limit) -> Microseconds {
        reading.state.spent > 0 ? retry(reading, limit) : 0
    }

    static func retry(_ reading: Reading, _ limit: Limit) -> Microseconds {
        let start = reading.state.time
        let end = limit.calendar?.window(at: start, length: limit.window).end ?? start + limit.window
        return end - reading.now
    }

    /// Takes back from the window that was charged, while it lasts.
    static func giveBack(_ amount: Int64, _ held: HeldCharge, of reading: Reading) -> CounterState? {
        var state = reading.state
        guard state.time == held.stamp, state.spent > 0 else { return nil }
        state.spent -= min(amount, state.spent)
        return state
    }
}
