/// Who is at it: slots that are taken, each until it is freed or its lease runs out.
package struct Slots: Sendable, Equatable {
    private struct Slot: Sendable, Equatable {
        /// The lease that holds it.
        var lease: UInt64
        var expiry: Microseconds
    }

    /// In the order of their expiry.
    private var slots: [Slot] = []
    /// When the newest one was taken or kept.
    private var stamp: Microseconds = 0

    package init() {}

    /// How many slots are kept, those that have run out among them.
    package var count: Int { slots.count }

    /// The slots as they stand at `now`.
    package func reading(_ limit: Limit, now: Microseconds) -> Reading {
        guard let last = slots.last else { return Reading(nil, limit, now: now) }
        let shift = shift(limit, now: now)
        let live = slots.count - firstLive(at: max(now, stamp - shift) + shift)
        guard live > 0 else { return Reading(nil, limit, now: now) }
        let state = CounterState(time: last.expiry - shift, spent: Int64(live), aside: stamp - shift)
        return Reading(state: state, now: now, corrected: shift > 0)
    }

    /// A hint, at most a second: until enough slots have run out, if none is freed before.
    package func retry(_ cost: Int64, _ limit: Limit, now: Microseconds) -> Retry {
        if let retry = limit.retryWithoutState(cost) { return retry }
        let shift = shift(limit, now: now)
        let first = firstLive(at: max(now, stamp - shift) + shift)
        let excess = Int64(slots.count - first) + cost - limit.capacity
        guard excess > 0 else { return .after(0) }
        return .after(min(slots[first + Int(excess) - 1].expiry - shift - now, Self.longestHint))
    }

    /// Takes a slot for a lease.
    package mutating func take(_ lease: UInt64, _ limit: Limit, now: Microseconds) {
        correct(limit, now: now)
        stamp = max(now, stamp)
        slots.removeFirst(firstLive(at: stamp))
        insert(Slot(lease: lease, expiry: stamp + limit.window))
    }

    /// Moves all times back to `now` where the clock stepped back by more than a lease.
    package mutating func correct(_ limit: Limit, now: Microseconds) {
        let shift = shift(limit, now: now)
        guard shift > 0 else { return }
        stamp -= shift
        for index in slots.indices { slots[index].expiry -= shift }
    }

    /// Whether a lease holds a slot that has not run out.
    package func holds(_ lease: UInt64, _ limit: Limit, now: Microseconds) -> Bool {
        live(lease, limit, now: now) != nil
    }

    /// Frees the slot of a lease, where it holds one.
    package mutating func free(_ lease: UInt64, _ limit: Limit, now: Microseconds) {
        guard let index = live(lease, limit, now: now) else { return }
        correct(limit, now: now)
        slots.remove(at: index)
    }

    /// Keeps the slot of a lease for another lease time, where it holds one.
    package mutating func keep(_ lease: UInt64, _ limit: Limit, now: Microseconds) {
        guard let index = live(lease, limit, now: now) else { return }
        slots.remove(at: index)
        correct(limit, now: now)
        stamp = max(now, stamp)
        insert(Slot(lease: lease, expiry: stamp + limit.window))
    }

    private static let longestHint: Microseconds = 1_000_000

    private func shift(_ limit: Limit, now: Microseconds) -> Microseconds {
        stamp - now > limit.window ? stamp - now : 0
    }

    private func live(_ lease: UInt64, _ limit: Limit, now: Microseconds) -> Int? {
        let shift = shift(limit, now: now)
        let first = firstLive(at: max(now, stamp - shift) + shift)
        return slots[first...].firstIndex { $0.lease == lease }
    }

    private func firstLive(at instant: Microseconds) -> Int {
        partition { $0.expiry > instant }
    }

    private mutating func insert(_ slot: Slot) {
        slots.insert(slot, at: partition { $0.expiry > slot.expiry })
    }

    private func partition(_ holds: (Slot) -> Bool) -> Int {
        var low = 0
        var high = slots.count
        while low < high {
            let middle = low + (high - low) / 2
            if holds(slots[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
