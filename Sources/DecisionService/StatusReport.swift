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
        /// `ready`, `connecting` before a shared store has answered, `degraded` while a lane answers without it: the
        /// same that the log tells as out and back.
        package var state: String
        /// `ready` or `out`: whether the store answered when this daemon last said that it is alive, once a second; nil
        /// for memory. An idle daemon sees here first that its store is gone.
        package var control: String?
        /// Of the last answers of a shared store, in microseconds; nil for memory.
        package var latencyMicroseconds: Int64?
        /// Counters in this process; nil for a shared store.
        package var keys: Int?
        /// Counters forgotten for lack of room.
        package var evictions: Int?
        /// Charges that refused checks over several slots of a Cluster gave back, and those that may not have been.
        package var givenBack: Int?
        package var lostGiveBacks: Int?

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

    /// Replicas that report under one name.
    package struct Pool: Sendable {
        package var name: String
        /// The smallest number that a rule's limits are multiplied by, from 0 to 1.
        package var scale: Double
        package var replicas: [Replica]

        package init(name: String, scale: Double, replicas: [Replica]) {
            self.name = name
            self.scale = scale
            self.replicas = replicas
        }
    }

    package struct Replica: Sendable {
        package var id: String
        /// `warming`, `ready` or `draining`.
        package var state: String
        package var load: Double
        /// When it first reported the state, in seconds since the Unix epoch.
        package var since: Int64
        /// It still reports that it warms up, after the ramp is over.
        package var isOverdue: Bool

        package init(id: String, state: String, load: Double, since: Int64, isOverdue: Bool) {
            self.id = id
            self.state = state
            self.load = load
            self.since = since
            self.isOverdue = isOverdue
        }
    }

    /// What operators have decided, as a whole.
    package struct Operators: Sendable, Equatable {
        /// Of the document; 0 where there is none.
        package var version: Int64
        /// Clients about whom something is decided.
        package var clients: Int
        /// Why the newest document is not in force, or where it cannot be kept; nil where all is well.
        package var problem: String?

        package init(version: Int64 = 0, clients: Int = 0, problem: String? = nil) {
            self.version = version
            self.clients = clients
            self.problem = problem
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
    /// What became of leases on this daemon.
    package var leases = LaneTally.Leases()
    package var topClients: [TopClients.Entry]
    package var connections: Int
    package var pools: [Pool] = []
    package var operators = Operators()
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
