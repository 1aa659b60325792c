/// A charge that a lease holds, with all it takes to change it later: it names its counter, not a rule.
package struct HeldCharge: Sendable, Equatable {
    /// How the store that made the charge knows its counter; opaque to everyone else.
    package var key: [UInt8]
    /// The limit as it was charged under.
    package var limit: Limit
    /// What was charged; 1 for a slot.
    package var amount: Int64
    /// Which time of its counter was charged: the start of its window, the time of its entry in a log, or since when
    /// its bucket had not been full. 0 for a slot.
    package var stamp: Microseconds
    /// Of a bucket: what had been charged in that time, this charge included, refilled or not. Else 0.
    package var mark: Int64

    package init(key: [UInt8], limit: Limit, amount: Int64, stamp: Microseconds, mark: Int64 = 0) {
        self.key = key
        self.limit = limit
        self.amount = amount
        self.stamp = stamp
        self.mark = mark
    }

    /// The charge that left a counter as `after` reads it. One of nothing has nothing to give back, whenever it was.
    package init(key: [UInt8], limit: Limit, amount: Int64, after: Reading) {
        guard amount > 0 else {
            self.init(key: key, limit: limit, amount: 0, stamp: 0)
            return
        }
        let isBucket = limit.algorithm == .tokenBucket
        self.init(
            key: key,
            limit: limit,
            amount: amount,
            stamp: limit.algorithm == .concurrency ? 0 : isBucket ? after.state.since : after.state.time,
            mark: isBucket ? Amount.sum(after.state.returned, after.state.spent) : 0
        )
    }
}

extension HeldCharge {
    /// The counter after up to `amount` of this charge was given back, or nil where time has returned all of it.
    ///
    /// For the algorithms that are kept as a `CounterState`; a log and slots do this themselves.
    package func giveBack(_ amount: Int64, to stored: CounterState, now: Microseconds) -> CounterState? {
        let reading = Reading(stored, limit, now: now)
        guard amount > 0, !reading.corrected || limit.algorithm == .tokenBucket else { return nil }
        switch limit.algorithm {
        case .fixedWindow: return FixedWindow.giveBack(amount, self, of: reading)
        case .slidingWindow: return SlidingWindow.giveBack(amount, self, of: reading, limit)
        case .tokenBucket: return TokenBucket.giveBack(amount, self, to: stored, of: reading)
        case .slidingLog, .concurrency: preconditionFailure("\(limit.algorithm.name) keeps more than a CounterState")
        }
    }
}
