extension Outcome {
    /// The outcome of one charge, from its counter as it was read and as it was left.
    ///
    /// `cost` is what was judged: with several charges on one counter in a check, their sum. `retry` is what a sliding
    /// log or slots say of a cost that does not fit; the other algorithms know it from their reading.
    package init(
        before: Reading,
        after: Reading,
        fits: Bool,
        cost: Int64,
        limit: Limit,
        retry: @autoclosure () -> Retry? = nil
    ) {
        self.init(
            limited: !fits,
            remaining: after.remaining(limit),
            reset: after.reset(limit),
            retry: fits ? .after(0) : retry() ?? before.retry(cost, limit)
        )
    }
}
