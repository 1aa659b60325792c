/// Every charge of the last W with its time: exact, at the price of a place a charge.
///
/// Charges are in the order of their times, each with the sum up to it, so what counts and when enough of it is over
/// are found by binary search. What is older than W before the newest charge can never count again, whatever the
/// clock does, and is dropped by the next charge.
package struct SlidingLog: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var time: Microseconds
        /// Of all charges up to this one. It may wrap around: only differences count, and they fit.
        var sum: Int64
    }

    private var entries: [Entry] = []
    /// The sum before the first entry.
    private var base: Int64 = 0

    package init() {}

    /// The largest N unless a limit asks for more, and the largest it can ask for.
    package static let usualCount: Int64 = 1_000
    package static let largestCount: Int64 = 10_000

    /// How many charges are kept.
    package var count: Int { entries.count }

    /// The log as it stands at `now`.
    package func reading(_ limit: Limit, now: Microseconds) -> Reading {
        guard let newest = entries.last?.time else { return Reading(nil, limit, now: now) }
        let step = newest - now
        let isMoved = step > limit.window
        let first = firstLive(limit.window, at: isMoved ? newest : max(now, newest))
        let state = CounterState(time: isMoved ? now : newest, spent: sum(from: first))
        return Reading(state: state.spent > 0 ? state : .empty(at: now), now: now, corrected: isMoved)
    }

    /// When a refused `cost` fits, if nobody calls.
    package func retry(_ cost: Int64, _ limit: Limit, now: Microseconds) -> Retry {
        let needed = limit.needed(cost)
        if let retry = limit.retryWithoutState(needed) { return retry }
        guard let newest = entries.last?.time else { return .after(0) }
        let isMoved = newest - now > limit.window
        let start = firstLive(limit.window, at: isMoved ? newest : max(now, newest))
        let room = limit.capacity - needed
        let last = partition(from: start) { sum(from: $0 + 1) <= room }
        guard last < entries.count else { return .after(0) }
        let time = isMoved ? entries[last].time - newest + now : entries[last].time
        return .after(time + limit.window - now)
    }

    /// Adds a charge of `cost`, which is above 0; what counts saturates at `Amount.max`.
    package mutating func charge(_ cost: Int64, _ limit: Limit, now: Microseconds) {
        correct(limit, now: now)
        let time = max(now, entries.last?.time ?? now)
        dropOver(limit.window, at: time)
        let entered = min(cost, Amount.max - sum(from: 0))
        // An entry of nothing would count as the newest one.
        guard entered > 0 else { return }
        let total = (entries.last?.sum ?? base) &+ entered
        if entries.last?.time == time {
            entries[entries.count - 1].sum = total
        } else {
            entries.append(Entry(time: time, sum: total))
        }
    }

    /// Moves all times back to `now` where the clock stepped back by more than a window.
    package mutating func correct(_ limit: Limit, now: Microseconds) {
        guard let newest = entries.last?.time, newest - now > limit.window else { return }
        for index in entries.indices { entries[index].time += now - newest }
    }

    /// Takes back up to `amount` from the charges of one time, while they count. Returns whether there were any.
    package mutating func giveBack(_ amount: Int64, at stamp: Microseconds, _ limit: Limit, now: Microseconds) -> Bool {
        guard let newest = entries.last?.time, newest - now <= limit.window else { return false }
        let first = firstLive(limit.window, at: max(now, newest))
        let index = partition(from: first) { entries[$0].time >= stamp }
        guard index < entries.count, entries[index].time == stamp else { return false }
        let cost = entries[index].sum &- (index == 0 ? base : entries[index - 1].sum)
        let given = min(amount, cost)
        for later in index..<entries.count { entries[later].sum &-= given }
        if given == cost { entries.remove(at: index) }
        return true
    }

    /// Takes back up to `amount` of what counts, whoever was charged: of the oldest charges, which are over the soonest.
    package mutating func takeBack(_ amount: Int64, _ limit: Limit, now: Microseconds) {
        correct(limit, now: now)
        guard let newest = entries.last?.time else { return }
        let first = firstLive(limit.window, at: max(now, newest))
        let before = first == 0 ? base : entries[first - 1].sum
        let given = min(amount, sum(from: first))
        let kept = partition(from: first) { entries[$0].sum &- before > given }
        base = before &+ given
        entries.removeFirst(kept)
    }

    /// The first entry that counts at an instant which is not before the newest.
    private func firstLive(_ window: Microseconds, at instant: Microseconds) -> Int {
        partition(from: 0) { entries[$0].time > instant - window }
    }

    private func sum(from index: Int) -> Int64 {
        guard let total = entries.last?.sum else { return 0 }
        return total &- (index == 0 ? base : entries[index - 1].sum)
    }

    /// The first index from `start` on that satisfies a condition which stays true once it is; `count` if none does.
    private func partition(from start: Int, _ holds: (Int) -> Bool) -> Int {
        var low = start
        var high = entries.count
        while low < high {
            let middle = low + (high - low) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private mutating func dropOver(_ window: Microseconds, at instant: Microseconds) {
        let live = firstLive(window, at: instant)
        guard live > 0 else { return }
        base = entries[live - 1].sum
        entries.removeFirst(live)
    }
}
