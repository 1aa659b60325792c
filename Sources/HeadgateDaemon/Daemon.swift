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
        let protection = try Protection(settings.protection, logger: logger)
        if !(settings.listen.isLoopback && settings.http.isLoopback), let gap = settings.protection.gap {
            logger.warning("ports are half protected", metadata: ["access.problem": "\(gap)"])
        }
        let source = try PolicySource(settings, logger: logger)
        let store = try await StoreBackend(
            settings.store,
            secret: settings.secret,
            maxKeys: settings.maxKeys,
            logger: logger
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads ?? System.coreCount)
        let web = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let rpc = rpcSettings(store, protection)
        let control = try await RuntimeControl(settings, source, store, on: web.next(), logger: logger)
        let lanes = try await LaneMap(on: group) { loop in
            let decisions = store.makeLane(on: loop, register: source.register, replicas: control.replicas)
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
            drain: drain,
            control: control
        )
        // The last one is told to end first: not ready, then no RPC, and the status page goes last.
        var services: [any Service] = [store.upkeep] + control.services
        services += protection.watches
        if let watch = source.watch { services.append(watch) }
        if let shared = shared(store, source, control) { services.append(shared) }
        services += [
            ListeningService(
                flag: "http",
                address: settings.http,
                service: statusServer(status, lanes, drain, control, protection, on: web)
            ),
            ListeningService(flag: "listen", address: settings.listen, service: server),
            drain,
        ]
        try await ServiceGroup(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
    }

    private func rpcSettings(_ store: StoreBackend, _ protection: Protection) -> RPCSettings {
        var rpc = RPCSettings(
            host: settings.listen.host,
            port: settings.listen.port,
            agent: "headgate/\(HeadgateVersion.current)"
        )
        rpc.maxConnections = DescriptorLimit.connections(
            rpc.maxConnections,
            within: DescriptorLimit.raise(),
            logger: logger
        )
        rpc.drainTimeout = .seconds(settings.drainSeconds)
        rpc.maxConnectionAge = settings.maxConnectionSeconds.map { .seconds($0) }
        rpc.gathersAcrossConnections = store.answersLater
        rpc.access = protection.access
        rpc.refusals = protection.refusals
        rpc.tls = protection.tls
        return rpc
    }

    private func shared(_ store: StoreBackend, _ source: PolicySource, _ control: RuntimeControl) -> SharedControl? {
        control.link.map { link in
            SharedControl(
                link: link,
                peers: store.peers,
                address: settings.http.description,
                policy: source.stored,
                operators: control.operators
            )
        }
    }

    private func statusServer(
        _ status: StatusCollector,
        _ lanes: LaneMap,
        _ drain: DrainWatch,
        _ control: RuntimeControl,
        _ protection: Protection,
        on group: any EventLoopGroup
    ) -> StatusServer {
        var http = StatusServerSettings(host: settings.http.host, port: settings.http.port)
        http.access = protection.access
        http.refusals = protection.refusals
        http.tls = protection.tls
        return StatusServer(
            settings: http,
            group: group,
            gate: lanes.gate,
            administration: control.administration,
            report: status.report,
            isReady: { drain.isDraining ? .notReady("draining") : .ready },
            logger: logger
        ) { [logger] address in
            logger.notice("serving", metadata: ["http.address": "\(address)"])
        }
    }
}
