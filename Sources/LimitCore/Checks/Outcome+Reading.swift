extension Outcome {
    /// The outcome of one charge, from its counter as it was read and as it was left.
    ///
    /// `cost` is what was judged: with several charges on one counter in a check, their sum.
    package init(before: Reading, after: Reading, fits: Bool, cost: Int64, limit: Limit) {
        self.init(
            limited: !fits,
            remaining: after.remaining(limit),
            reset: after.reset(limit),
            retry: fits ? .after(0) : before.retry(cost, limit)
        )
    }
}
