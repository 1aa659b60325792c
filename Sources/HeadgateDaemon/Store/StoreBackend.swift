import DecisionService
import LimitCore
import LimitStore
import Logging
import NIOCore
import RedisStore
import ServiceLifecycle

/// The store of this daemon: what its lanes decide with, and what the status says of it.
struct StoreBackend: Sendable {
    enum Kind: Sendable {
        case memory(MemoryStore)
        /// With the small memory store that counts during outages.
        case redis(RedisStore, local: MemoryStore)
    }

    let kind: Kind
    let peers = PeerWatch()
    let leases: LeaseSettings

    /// Counters that are kept for outages at most.
    private static let localKeys = 100_000

    /// Without a secret of its own the daemon takes one for itself, or the one in the shared store.
    init(_ setting: StoreSetting, secret: DeploymentSecret?, maxKeys: Int, logger: Logger) async throws {
        let daemon = UInt64.random(in: 0 ... .max)
        switch setting {
        case .memory:
            let secrets = secret.map { LeaseSecrets(generations: $0.generations) } ?? .ofThisProcess()
            leases = LeaseSettings(secrets: secrets, daemon: daemon, isShared: false)
            kind = .memory(MemoryStore(maxKeys: maxKeys, clock: Clocks.realtime))
        case .redis(var settings):
            let secret = try await Self.secret(secret, in: settings)
            settings.secret = secret.newest
            leases = LeaseSettings(
                secrets: LeaseSecrets(generations: secret.generations),
                daemon: daemon,
                isShared: true
            )
            let store = try RedisStore(settings) { StoreEventLog(logger: logger).note($0) }
            kind = .redis(store, local: MemoryStore(maxKeys: Self.localKeys, clock: Clocks.realtime))
        }
    }

    private static func secret(_ given: DeploymentSecret?, in settings: RedisSettings) async throws -> DeploymentSecret
    {
        if let given { return given }
        do {
            return try await SharedSecret.obtain(settings)
        } catch let error as StoreError {
            throw SettingsError("--secret-file: none is given, and the store's own cannot be had: \(error)")
        }
    }

    /// A store that answers later is asked once for all connections of a pass of the loop.
    var answersLater: Bool {
        if case .redis = kind { true } else { false }
    }

    /// The decision path of one loop; called on it.
    func makeLane(on loop: any EventLoop, register: PolicyRegister, replicas: ReplicaRegister) -> DecisionLane {
        switch kind {
        case .memory(let store):
            return DecisionLane(
                store: store,
                register: register,
                leases: leases,
                replicas: replicas,
                monotonicNow: Clocks.monotonic
            )
        case .redis(let redis, let local):
            let peers = peers
            return DecisionLane(
                store: redis.makeLane(loop, clock: Clocks.monotonic),
                register: register,
                leases: leases,
                fallback: LocalFallback(store: local) { peers.value },
                replicas: replicas,
                monotonicNow: Clocks.monotonic
            )
        }
    }

    /// Throws where the server is too old or refuses this daemon; one that cannot be reached is waited for while
    /// rules answer as they say.
    func check(on loop: any EventLoop) async throws {
        guard case .redis(let store, _) = kind else { return }
        // Whichever comes first; a future is no child task, whose end a group would wait for.
        let known = loop.makePromise(of: Void.self)
        let patience = loop.scheduleTask(in: .seconds(1)) { known.succeed() }
        store.whenReady(on: loop).cascade(to: known)
        defer { patience.cancel() }
        try await known.futureResult.get()
    }

    var state: StatusReport.StoreState {
        switch kind {
        case .memory(let store):
            let counts = store.statistics()
            return StatusReport.StoreState(
                kind: "memory",
                state: "ready",
                keys: counts.keys,
                evictions: counts.evictions
            )
        case .redis(let store, _):
            let health = store.health.snapshot
            let state =
                switch health.state {
                case .connecting: "connecting"
                case .available: "ready"
                case .unavailable: "degraded"
                }
            var found = StatusReport.StoreState(kind: "redis", state: state, latencyMicroseconds: health.latency)
            found.control = peers.isStoreReachable ? "ready" : "out"
            found.givenBack = health.givenBack
            found.lostGiveBacks = health.lostGiveBacks
            return found
        }
    }

    /// Has memory forget what no longer counts.
    var upkeep: any Service {
        switch kind {
        case .memory(let store): MemoryUpkeep(store: store)
        case .redis(_, let local): MemoryUpkeep(store: local)
        }
    }
}
