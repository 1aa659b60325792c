import DecisionService
import LimitPolicy
package import Logging
import NIOCore
import NIOPosix
import RPCServer
import ServiceLifecycle
import StatusServer
import UnixSignals

/// The daemon, put together from its settings: the only place that knows everyone.
package struct Daemon {
    private let settings: DaemonSettings
    private let logger: Logger

    package init(_ settings: DaemonSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Serves until it is told to end by SIGTERM or SIGINT.
    ///
    /// Throws before anything listens where the policy or the store cannot be used, and where an address cannot be
    /// bound.
    package func run() async throws {
        let source = try PolicySource(settings, logger: logger)
        let store = try StoreBackend(settings.store, maxKeys: settings.maxKeys, logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads ?? System.coreCount)
        let web = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let rpc = rpcSettings(store)
        let lanes = try await LaneMap(on: group) { loop in
            let decisions = store.makeLane(on: loop, register: source.register)
            return RPCLane(eventLoop: loop, decisions: decisions, settings: rpc)
        }
        try await store.check(on: group.next())
        let server = RPCServer(settings: rpc, group: group, lanes: lanes, logger: logger) { [logger] address in
            logger.notice("serving", metadata: ["rpc.address": "\(address)"])
        }
        let drain = DrainWatch { await lanes.onEach { $0.setServing(false) } }
        let status = StatusCollector(
            startedAt: Clocks.monotonic() / 1_000_000,
            register: source.register,
            reloadProblem: source.reloadProblem,
            store: store,
            lanes: lanes,
            server: server,
            drain: drain
        )
        // The last one is told to end first: not ready, then no RPC, and the status page goes last.
        var services: [any Service] = [store.upkeep]
        if let watch = source.watch { services.append(watch) }
        if let control = control(store, source, on: web.next()) { services.append(control) }
        services += [
            ListeningService(
                flag: "http",
                address: settings.http,
                service: statusServer(status, lanes, drain, on: web)
            ),
            ListeningService(flag: "listen", address: settings.listen, service: server),
            drain,
        ]
        try await ServiceGroup(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
    }

    private func rpcSettings(_ store: StoreBackend) -> RPCSettings {
        var rpc = RPCSettings(
            host: settings.listen.host,
            port: settings.listen.port,
            agent: "headgate/\(HeadgateVersion.current)"
        )
        rpc.drainTimeout = .seconds(settings.drainSeconds)
        rpc.maxConnectionAge = settings.maxConnectionSeconds.map { .seconds($0) }
        rpc.gathersAcrossConnections = store.answersLater
        return rpc
    }

    private func control(_ store: StoreBackend, _ source: PolicySource, on loop: any EventLoop) -> SharedControl? {
        guard case .redis(let redis, _) = store.kind else { return nil }
        return SharedControl(
            store: redis,
            loop: loop,
            peers: store.peers,
            address: settings.http.description,
            policy: source.stored,
            logger: logger
        )
    }

    private func statusServer(
        _ status: StatusCollector,
        _ lanes: LaneMap,
        _ drain: DrainWatch,
        on group: any EventLoopGroup
    ) -> StatusServer {
        StatusServer(
            settings: StatusServerSettings(host: settings.http.host, port: settings.http.port),
            group: group,
            gate: lanes.gate,
            report: status.report,
            isReady: { drain.isDraining ? .notReady("draining") : .ready },
            logger: logger
        ) { [logger] address in
            logger.notice("serving", metadata: ["http.address": "\(address)"])
        }
    }
}
