/// What the daemon knows about itself: the content of `GET /status`.
package struct StatusReport: Sendable {
    package struct PolicyState: Sendable {
        /// Fingerprint as 16 hex digits.
        package var fingerprint: String
        package var loadedAt: Int64
        package var rules: Int
        /// The last reload that was refused, in one line; nil after one that was not.
        package var reloadProblem: String?

        package init(fingerprint: String, loadedAt: Int64, rules: Int, reloadProblem: String? = nil) {
            self.fingerprint = fingerprint
            self.loadedAt = loadedAt
            self.rules = rules
            self.reloadProblem = reloadProblem
        }
    }

    package struct StoreState: Sendable {
        /// `memory` or `redis`.
        package var kind: String
        /// `ready`, `connecting` before a shared store has answered, `degraded` while it does not.
        package var state: String
        /// Of the last answers of a shared store, in microseconds; nil for memory.
        package var latencyMicroseconds: Int64?
        /// Counters in this process; nil for a shared store.
        package var keys: Int?
        /// Counters forgotten for lack of room.
        package var evictions: Int?

        package init(
            kind: String,
            state: String,
            latencyMicroseconds: Int64? = nil,
            keys: Int? = nil,
            evictions: Int? = nil
        ) {
            self.kind = kind
            self.state = state
            self.latencyMicroseconds = latencyMicroseconds
            self.keys = keys
            self.evictions = evictions
        }
    }

    package struct RuleTotals: Sendable {
        /// Empty for checks that no rule matched.
        package var rule: String
        package var verdicts: LaneTally.Verdicts

        package init(rule: String, verdicts: LaneTally.Verdicts) {
            self.rule = rule
            self.verdicts = verdicts
        }
    }

    package var version: String
    package var uptimeSeconds: Int64
    package var policy: PolicyState
    package var store: StoreState
    /// The daemons on the same store, this one included.
    package var peers: Int
    package var totals: [RuleTotals]
    package var failed: Int
    /// Checks that were answered without the shared store.
    package var degraded: Int
    package var topClients: [TopClients.Entry]
    package var connections: Int
    /// Takes new work: policy loaded, store reachable or degraded mode allowed, not draining.
    package var ready: Bool

    package init(
        version: String,
        uptimeSeconds: Int64,
        policy: PolicyState,
        store: StoreState,
        peers: Int,
        totals: [RuleTotals],
        failed: Int,
        degraded: Int = 0,
        topClients: [TopClients.Entry],
        connections: Int,
        ready: Bool
    ) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.policy = policy
        self.store = store
        self.peers = peers
        self.totals = totals
        self.failed = failed
        self.degraded = degraded
        self.topClients = topClients
        self.connections = connections
        self.ready = ready
    }
}
