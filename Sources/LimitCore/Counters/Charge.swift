/// What one limit asks of the store for one check.
///
/// The counter is named by bytes in the text of the batch's `Questions`; what a store makes of them (a hash, a key in
/// Redis) is its own affair. Two charges are on the same counter when their `Counter`s hold the same bytes; those of
/// one check on one counter are added up, and all of them are shadows or none is.
package struct Charge: Sendable {
    package var counter: Counter
    package var limit: Limit
    /// At most `Amount.max` either way. Cost 0 is evaluated and writes nothing. A cost below 0 always fits and gives
    /// back from what counts in the current window, whoever was charged, never below nothing; not for slots.
    package var cost: Int64
    /// Charged exactly when it would have admitted, never in the way.
    package var shadow: Bool
    /// The limit in the policy that this charge comes from, for the answer.
    package var source: Int32
    /// See `askForOneMore`.
    package private(set) var asksForOneMore = false

    package init(counter: Counter, limit: Limit, cost: Int64, shadow: Bool = false, source: Int32 = 0) {
        self.counter = counter
        self.limit = limit
        self.cost = cost
        self.shadow = shadow
        self.source = source
    }
}

extension Charge {
    /// Makes it ask whether one more would fit, and charge nothing.
    ///
    /// Cost 0 is refused exactly when more is spent than the limit allows. So under a limit that is one smaller it is
    /// refused exactly when one more would not fit, and a store need not know of it.
    package mutating func askForOneMore() {
        guard limit.capacity > 0 else {
            // No cost fits, so neither does this one.
            cost = 1
            return
        }
        asksForOneMore = true
        cost = 0
        limit.capacity -= 1
    }

    /// The limit's own capacity.
    package var capacity: Int64 { limit.capacity + (asksForOneMore ? 1 : 0) }

    /// What a further call could take now, as the outcome has it.
    package func remaining(_ outcome: Outcome) -> Int64 {
        // Of one that is refused and has nothing left, the limit's own last unit is gone as well.
        let hasOwnUnit = asksForOneMore && (!outcome.limited || outcome.remaining > 0)
        return outcome.remaining + (hasOwnUnit ? 1 : 0)
    }

    /// Makes the limit smaller, and what it asks goes with it.
    package mutating func reduce(_ share: (Int64) -> Int64) {
        limit.count = share(limit.count)
        limit.capacity = share(capacity)
        if asksForOneMore {
            asksForOneMore = false
            askForOneMore()
        }
    }
}
