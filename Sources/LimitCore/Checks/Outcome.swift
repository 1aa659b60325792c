/// What the store found for one charge.
package struct Outcome: Sendable, Equatable {
    /// This limit did not admit the cost.
    package var limited: Bool
    /// What a further call could take now, after this decision.
    package var remaining: Int64
    /// Until `remaining` equals the limit, if nobody calls.
    package var reset: Microseconds
    /// When the cost fits under this limit, if nobody calls; `.after(0)` where it is not limited.
    package var retry: Retry

    package init(limited: Bool, remaining: Int64, reset: Microseconds, retry: Retry) {
        self.limited = limited
        self.remaining = remaining
        self.reset = reset
        self.retry = retry
    }
}

/// What became of one check in the store.
package enum CheckResult: UInt8, Sendable {
    /// Not yet decided.
    case pending
    /// All charges fit and were charged; of a peek: they would have been.
    case admitted
    /// At least one limit refused; nothing was charged.
    case refused
    /// The store did not answer. Whether anything was charged is not known.
    case unknown
}
