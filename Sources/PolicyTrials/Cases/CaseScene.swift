import LimitCore

/// What a step takes over from its case and from the steps above it.
struct CaseScene {
    /// What calls are that say nothing else.
    let common: CheckRequest
    /// When the case begins, in microseconds since the Unix epoch.
    let start: Microseconds
    /// The last call so far, since the start.
    var clock: Microseconds = 0
    /// What steps above call the leases they are handed, and their lines.
    var leaseNames: [String: Int] = [:]

    init(common: CheckRequest, start: Microseconds) {
        self.common = common
        self.start = start
    }
}
