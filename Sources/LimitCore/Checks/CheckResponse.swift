/// The answer to one check, as every dialect tells it.
package struct CheckResponse: Sendable, Equatable {
    package var verdict: Verdict
    /// `.unspecified` exactly when the verdict is `allowed`.
    package var reason: Reason = .unspecified
    /// Until the same cost fits under every limit, rounded up; 0 when allowed or `never`.
    package var retryAfterMilliseconds: UInt64 = 0
    /// The deciding limit first; the others follow where they were asked for.
    package var limits: [LimitState] = []
    /// Present where something must be settled.
    package var lease: [UInt8] = []
    package var leaseMilliseconds: UInt64 = 0
    /// The rule that matched; empty where none did.
    package var rule = ""
    /// The policy's own words for a refusal.
    package var message = ""
    /// Decided without the shared store.
    package var degraded = false
    /// Fingerprint of the policy that decided.
    package var policy: UInt64 = 0
    /// This cost can never fit: do not retry.
    package var never = false

    package init(verdict: Verdict) {
        self.verdict = verdict
    }
}

/// One limit as it stands after a decision.
package struct LimitState: Sendable, Equatable {
    /// `<rule>/<limit>`, stable across reloads.
    package var name: String
    /// In force for this client now; a bucket's burst.
    package var limit: UInt64
    /// What a further call could take now.
    package var remaining: UInt64
    /// Until `remaining` equals `limit`, rounded up.
    package var resetMilliseconds: UInt64
    /// W, or the time to fill a bucket; 0 for a concurrency limit.
    package var windowMilliseconds: UInt64
    package var unit: String
    /// This limit refused the call.
    package var limited: Bool
    /// Evaluated, but never refuses.
    package var shadow: Bool
    /// Set where the window is one of the calendar. Envoy is told; the other dialects tell the window's length.
    package var calendar: CalendarPeriod?

    package init(
        name: String,
        limit: UInt64,
        remaining: UInt64,
        resetMilliseconds: UInt64,
        windowMilliseconds: UInt64,
        unit: String,
        limited: Bool = false,
        shadow: Bool = false,
        calendar: CalendarPeriod? = nil
    ) {
        self.name = name
        self.limit = limit
        self.remaining = remaining
        self.resetMilliseconds = resetMilliseconds
        self.windowMilliseconds = windowMilliseconds
        self.unit = unit
        self.limited = limited
        self.shadow = shadow
        self.calendar = calendar
    }
}
