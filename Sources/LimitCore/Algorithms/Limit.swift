/// The numbers a counter is judged by: arguments of an evaluation, never part of the state.
///
/// Tier, override and warm-up are already applied. Changing any of them between two evaluations needs no migration:
/// what was spent stays spent.
package struct Limit: Sendable, Equatable {
    package var algorithm: Algorithm
    /// Admits while anything is left, then charges the whole cost, even past the limit.
    package var overdraft: Bool
    /// Set where the windows of `fixed-window` are those of the calendar.
    package var calendar: CalendarPeriod?
    /// W, 1 to `longestWindow`; of slots, how long one is held without a sign of life.
    package var window: Microseconds
    /// N: what a window admits, or what a bucket refills in one.
    package var count: Int64
    /// What fits at once: N, or the burst of a bucket.
    package var capacity: Int64
    /// `capacity` before warm-up and local share shrank it. A cost above this can never fit.
    package var ceiling: Int64

    /// A limit that nothing scales. `burst` is for the bucket and defaults to `count`.
    package init(
        _ algorithm: Algorithm,
        count: Int64,
        window: Microseconds,
        burst: Int64? = nil,
        ceiling: Int64? = nil,
        overdraft: Bool = false,
        calendar: CalendarPeriod? = nil
    ) {
        self.algorithm = algorithm
        self.overdraft = overdraft
        self.calendar = calendar
        self.window = window
        self.count = count
        capacity = algorithm == .tokenBucket ? burst ?? count : count
        self.ceiling = ceiling ?? capacity
    }
}

extension Limit {
    /// The time the limit is told to be over: W, or what an empty bucket takes to fill; 0 for slots.
    package var span: Microseconds {
        if algorithm == .concurrency { return 0 }
        guard algorithm == .tokenBucket, capacity != count else { return window }
        return count > 0 ? refillTime(capacity, window: window, carry: 0, rate: count) : Amount.max
    }
}
