/// What a counter remembers: what was spent and when, never what is left and never a function of the limit.
///
/// | algorithm | `time` | `spent` | `aside` |
/// |---|---|---|---|
/// | fixed-window | start of the window | spent in it | 0 |
/// | sliding-window | start of the current window | spent in it | spent in the one before |
/// | token-bucket | of the last refill | spent and not yet refilled | carry: refilled part of a unit, in 1/W |
///
/// A counter that holds nothing is the same as a missing one. A sliding log and slots keep more than this; of them a
/// `CounterState` is a summary of one instant:
///
/// | algorithm | `time` | `spent` | `aside` |
/// |---|---|---|---|
/// | sliding-log | of the newest charge | spent in the last W | 0 |
/// | concurrency | when the last slot runs out | slots taken | when the newest was taken |
package struct CounterState: Sendable, Equatable {
    package var time: Microseconds
    package var spent: Int64
    package var aside: Int64
    /// Of a bucket: since when something has been spent without a break. It tells this time from an earlier one.
    package var since: Microseconds
    /// Of a bucket: what came back in that time, refilled or given back; at most `Amount.max`.
    package var returned: Int64

    package init(time: Microseconds, spent: Int64, aside: Int64 = 0, since: Microseconds = 0, returned: Int64 = 0) {
        self.time = time
        self.spent = spent
        self.aside = aside
        self.since = since
        self.returned = returned
    }

    /// A missing counter, seen at `now`.
    package static func empty(at now: Microseconds) -> CounterState {
        CounterState(time: now, spent: 0, since: now)
    }

    /// Holds nothing: the same as a missing counter.
    package var isEmpty: Bool { spent == 0 && aside == 0 }
}
