/// What a counter remembers: what was spent and when, never what is left and never a function of the limit.
///
/// | algorithm | `time` | `spent` | `aside` |
/// |---|---|---|---|
/// | fixed-window | start of the window | spent in it | 0 |
/// | sliding-window | start of the current window | spent in it | spent in the one before |
/// | token-bucket | of the last refill | spent and not yet refilled | carry: refilled part of a unit, in 1/W |
///
/// A counter that holds nothing is the same as a missing one.
package struct CounterState: Sendable, Equatable {
    package var time: Microseconds
    package var spent: Int64
    package var aside: Int64

    package init(time: Microseconds, spent: Int64, aside: Int64 = 0) {
        self.time = time
        self.spent = spent
        self.aside = aside
    }

    /// A missing counter, seen at `now`.
    package static func empty(at now: Microseconds) -> CounterState {
        CounterState(time: now, spent: 0)
    }
}
