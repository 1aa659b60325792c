import DecisionService
import LimitPolicy
import LimitStore
package import Logging
import NIOPosix
import RPCServer
import ServiceLifecycle
import StatusServer

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
        let register = PolicyRegister(try file?.load() ?? Policy.load([], name: "the empty policy"), now: Clocks.realtime() / 1_000_000)
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
        let readiness = Readiness()
        let watch = file.map { PolicyWatch($0, register: register, logger: logger) }
        let status = StatusCollector(
            startedAt: Clocks.monotonic() / 1_000_000,
            register: register,
            watch: watch,
            store: store,
            lanes: lanes,
            server: server,
            readiness: readiness
        )
        // The last one is told to end first: not ready, then no RPC, and the status page goes last.
        var services: [any Service] = [MemoryUpkeep(store: store)]
        if let watch { services.append(watch) }
        services += [statusServer(status, lanes, readiness), server, readiness]
        let running = ServiceGroup(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await running.run()
        try await group.shutdownGracefully()
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
