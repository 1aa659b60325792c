import LimitCore

/// A lease as the oracle keeps it.
struct OracleLease: Sendable {
    struct Hold: Sendable {
        var counter: CounterName
        var limit: Limit
        /// What was charged with the check, and what is held by now.
        var first: Int128
        var held: Int128
        var mark: ChargeMark

        var isSlot: Bool { limit.algorithm == .concurrency }
    }

    var holds: [Hold]
    /// How long it lasts without a sign of life.
    let time: Microseconds
    /// When it runs out by the token that was first handed out, and by the last one.
    let granted: Int128
    var expiry: Int128
    var isSettled = false
    /// Renewed or settled, so that a store keeps a record of it.
    var hasRecord = false
    /// The latest instant that the clock has shown since.
    var latest: Int128 = .min

    init(holds: [Hold], time: Microseconds, granted: Int128) {
        self.holds = holds
        self.time = time
        self.granted = granted
        expiry = granted
    }

    /// Whether its time is not over for who shows the first token or the last one.
    func isAlive(at now: Int128, isOldToken: Bool) -> Bool {
        now < max(isOldToken ? granted : expiry, expiry)
    }

    /// Whether a store may have thrown its record away.
    var mayBeForgotten: Bool { hasRecord && latest >= expiry + 1_000_000 }
}
