import DecisionService
import LimitPolicy
import LimitStore
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
    /// Throws before anything listens where the policy cannot be used, and where an address cannot be bound.
    package func run() async throws {
        let file = settings.policy.map(PolicyFile.init)
        let register = PolicyRegister(
            try file?.load() ?? Policy.load(Array("otherwise: allow".utf8), name: "no policy"),
            now: Clocks.realtime() / 1_000_000
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads ?? System.coreCount)
        let store = MemoryStore(maxKeys: settings.maxKeys, clock: Clocks.realtime)
        let rpc = rpcSettings
        let lanes = try await LaneMap(on: group) { loop in
            let decisions = DecisionLane(store: store, register: register, monotonicNow: Clocks.monotonic)
            return RPCLane(eventLoop: loop, decisions: decisions, settings: rpc)
        }
        let server = RPCServer(settings: rpc, group: group, lanes: lanes, logger: logger) { [logger] address in
            logger.notice("serving", metadata: ["rpc.address": "\(address)"])
        }
        let drain = DrainWatch()
        let watch = file.map { PolicyWatch($0, register: register, logger: logger) }
        let status = StatusCollector(
            startedAt: Clocks.monotonic() / 1_000_000,
            register: register,
            watch: watch,
            store: store,
            lanes: lanes,
            server: server,
            drain: drain
        )
        // The last one is told to end first: not ready, then no RPC, and the status page goes last.
        var services: [any Service] = [MemoryUpkeep(store: store)]
        if let watch { services.append(watch) }
        let web = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        services += [statusServer(status, lanes, drain, on: web), server, drain]
        let running = ServiceGroup(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await running.run()
        try await web.shutdownGracefully()
        try await group.shutdownGracefully()
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

    private var rpcSettings: RPCSettings {
        var rpc = RPCSettings(
            host: settings.listen.host,
            port: settings.listen.port,
            agent: "headgate/\(HeadgateVersion.current)"
        )
        rpc.drainTimeout = .seconds(settings.drainSeconds)
        return rpc
    }
}
