/// A counter brought forward to one instant: rolled, refilled and put right where the clock stepped back.
///
/// Everything an answer needs is computed from here, by the same code for every store.
package struct Reading: Sendable, Equatable {
    /// The state at `now`. A charge starts from it.
    package var state: CounterState
    /// The instant of the evaluation as the store's clock gave it. Waits are counted from it.
    package let now: Microseconds
    /// The clock stepped back so far that the state's stamps were moved; this is written back even on a refusal.
    package let corrected: Bool

    package init(state: CounterState, now: Microseconds, corrected: Bool) {
        self.state = state
        self.now = now
        self.corrected = corrected
    }

    /// Reads a counter; nil is a missing one. Of a sliding log and of slots `stored` is the summary of this instant.
    package init(_ stored: CounterState?, _ limit: Limit, now: Microseconds) {
        guard let stored else {
            let start = limit.calendar == nil ? now : FixedWindow.start(limit, now: now)
            self.init(state: .empty(at: start), now: now, corrected: false)
            return
        }
        switch limit.algorithm {
        case .fixedWindow: self = FixedWindow.read(stored, limit, now: now)
        case .slidingWindow: self = SlidingWindow.read(stored, limit, now: now)
        case .tokenBucket: self = TokenBucket.read(stored, limit, now: now)
        case .slidingLog, .concurrency: self.init(state: stored, now: now, corrected: false)
        }
    }

    /// What counts against the limit now.
    package func used(_ limit: Limit) -> Int64 {
        limit.algorithm == .slidingWindow ? SlidingWindow.used(self, limit) : state.spent
    }

    /// What a further call could take now; never below 0.
    package func remaining(_ limit: Limit) -> Int64 {
        max(0, limit.capacity - used(limit))
    }

    /// Whether a call of this cost is admitted. Cost 0 is refused only in debt, and what gives back never.
    package func admits(_ cost: Int64, _ limit: Limit) -> Bool {
        if cost < 0 { return true }
        let used = used(limit)
        if cost == 0 { return used <= limit.capacity }
        if limit.overdraft { return used < limit.capacity }
        return cost <= limit.capacity - used
    }

    /// Whether a charge of `cost` leaves another counter: one that gives back does where something is spent.
    package func isChanged(by cost: Int64) -> Bool { cost > 0 || cost < 0 && state.spent > 0 }

    /// The counter after a charge of `cost` that changes it; below 0 it gives back.
    package func charged(_ cost: Int64, _ limit: Limit) -> Reading {
        if cost < 0 { return givenBack(-cost, limit) }
        var after = self
        after.state.spent = Amount.sum(state.spent, cost)
        switch limit.algorithm {
        case .fixedWindow, .slidingWindow, .tokenBucket: break
        case .slidingLog: after.state.time = max(now, state.time)
        case .concurrency:
            after.state.aside = max(now, state.aside)
            after.state.time = max(state.time, after.state.aside + limit.window)
        }
        return after
    }

    /// The counter after up to `amount` was given back from what counts in its current window, whoever was charged.
    ///
    /// Of a log it is the oldest charges that are given back, and of a bucket what comes back is of the oldest as always:
    /// so no later charge comes back before its time.
    private func givenBack(_ amount: Int64, _ limit: Limit) -> Reading {
        let given = min(amount, state.spent)
        var after = self
        after.state.spent -= given
        if limit.algorithm == .tokenBucket { after.state.returned = Amount.sum(state.returned, given) }
        let isWhole = after.state.spent == 0 && (limit.algorithm != .slidingWindow || state.aside == 0)
        if isWhole {
            let returned = after.state.returned
            after.state = Reading(nil, limit, now: now).state
            // What leases hold of a bucket is told apart by when its time began: within that instant it goes on.
            if limit.algorithm == .tokenBucket, state.since == now { after.state.returned = returned }
        }
        return after
    }

    /// How long until nothing counts against the limit any more, if nobody calls.
    package func reset(_ limit: Limit) -> Microseconds {
        switch limit.algorithm {
        case .fixedWindow: FixedWindow.reset(self, limit)
        case .slidingWindow: SlidingWindow.reset(self, limit)
        case .tokenBucket: TokenBucket.reset(self, limit)
        case .slidingLog: state.spent > 0 ? state.time + limit.window - now : 0
        case .concurrency: state.spent > 0 ? state.time - now : 0
        }
    }

    /// When a refused `cost` fits, if nobody calls. A sliding log and slots know that themselves.
    package func retry(_ cost: Int64, _ limit: Limit) -> Retry {
        let needed = limit.needed(cost)
        if let retry = limit.retryWithoutState(needed) { return retry }
        switch limit.algorithm {
        case .fixedWindow: return .after(FixedWindow.retry(self, limit))
        case .slidingWindow: return .after(SlidingWindow.retry(self, needed, limit))
        case .tokenBucket: return TokenBucket.retry(self, needed, limit)
        case .slidingLog, .concurrency: preconditionFailure("\(limit.algorithm.name) keeps more than a CounterState")
        }
    }

    /// The wait given for a cost that only warm-up or a local share keeps from fitting: nobody knows when that ends.
    static let scaledHint: Microseconds = 1_000_000
}

extension Limit {
    /// When a refused cost fits of which a store that keeps a sliding log or slots found that it does after `wait`.
    package func retry(_ cost: Int64, after wait: Microseconds) -> Retry {
        retryWithoutState(algorithm == .concurrency ? cost : needed(cost)) ?? .after(wait)
    }

    /// What must be left for a cost: an overdraft limit admits as soon as one unit is.
    func needed(_ cost: Int64) -> Int64 { overdraft ? min(cost, 1) : cost }

    /// The answer where no state matters, because so much can never fit or fits only when warm-up has ended.
    func retryWithoutState(_ needed: Int64) -> Retry? {
        if needed > ceiling { return .never }
        return needed > capacity ? .after(Reading.scaledHint) : nil
    }
}

/// When a refused cost fits again.
package enum Retry: Sendable, Equatable {
    case after(Microseconds)
    /// The cost is above what the limit can ever hold.
    case never
}
