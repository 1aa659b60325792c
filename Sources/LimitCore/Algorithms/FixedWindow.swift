/// A window of W that starts at the first charge.
enum FixedWindow {
    static func read(_ stored: CounterState, _ limit: Limit, now: Microseconds) -> Reading {
        let behind = stored.time - now
        if behind > limit.window {
            // The clock stepped back by more than a window: the window starts now, what was spent stays spent.
            let state = CounterState(time: now, spent: stored.spent)
            return Reading(state: state, now: now, corrected: true)
        }
        let expired = -behind >= limit.window
        return Reading(state: expired ? .empty(at: now) : stored, now: now, corrected: false)
    }

    static func reset(_ reading: Reading, _ limit: Limit) -> Microseconds {
        reading.state.spent > 0 ? reading.state.time + limit.window - reading.now : 0
    }

    static func retry(_ reading: Reading, _ limit: Limit) -> Microseconds {
        reading.state.time + limit.window - reading.now
    }
}
