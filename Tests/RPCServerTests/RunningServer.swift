import DecisionService
import Dispatch
import LimitCore
import LimitPolicy
import LimitStore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

@testable import RPCServer

/// A whole RPC server on a free loopback port with a policy and a memory store of its own.
struct RunningServer {
    let port: Int
    let register: PolicyRegister
    let lanes: LaneMap
    let server: RPCServer
    let group: any EventLoopGroup
    private let services: ServiceGroup

    /// Serves while `body` runs, and ends.
    static func with<Value: Sendable>(
        policy: String = "otherwise: allow",
        loops: Int = 1,
        store: (any LimitStore & Sendable)? = nil,
        configure: @Sendable (inout RPCSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (RunningServer) throws -> Value
    ) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        var settings = RPCSettings(host: "127.0.0.1", port: 0, agent: "headgate/test")
        configure(&settings)
        let register = PolicyRegister(try Policy.load(Array(policy.utf8), name: "test"), now: 0)
        let store = store ?? MemoryStore(maxKeys: 100_000) { 1_700_000_000_000_000 }
        let lanes = try await LaneMap(on: group) { [settings] loop in
            let decisions = DecisionLane(store: store, register: register) { 0 }
            return RPCLane(eventLoop: loop, decisions: decisions, settings: settings)
        }
        let (ports, listening) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = RPCServer(settings: settings, group: group, lanes: lanes, logger: logger) {
            listening.yield($0.port ?? 0)
        }
        let services = ServiceGroup(services: [server], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            var port = 0
            for await bound in ports {
                port = bound
                break
            }
            let running = RunningServer(
                port: port,
                register: register,
                lanes: lanes,
                server: server,
                group: group,
                services: services
            )
            let result = await Self.onThread { try body(running) }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try await group.shutdownGracefully()
            return try result.get()
        }
    }

    /// Runs what blocks where it holds up no task.
    private static func onThread<Success: Sendable>(
        _ body: @escaping @Sendable () throws -> Success
    ) async -> Result<Success, any Error> {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: body)) }
        }
    }

    /// Tells the server to drain, as SIGTERM does.
    func shutDown() {
        Task { await services.triggerGracefulShutdown() }
    }

    /// The first loop of the server, and what happens on it.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (RPCLane) -> Value) throws -> Value {
        let loop = group.next()
        return try loop.submit { body(lanes.lane(of: loop)) }.wait()
    }

    func connect(preface: Bool = true) throws -> WireClient {
        let client = try WireClient(port: port)
        if preface { try client.send(Array("HGATE/1\n".utf8)) }
        return client
    }
}
