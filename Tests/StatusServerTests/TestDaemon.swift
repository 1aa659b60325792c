import DecisionService
import LimitCore
import LimitPolicy
import LimitStore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import StatusServer

/// A status server on a free port, in front of a lane of its own that decides from memory.
struct TestDaemon: Sendable {
    let port: Int
    /// Tells the server to end.
    let end: @Sendable () async -> Void

    /// Runs `body` against a server and ends it.
    static func run<Output: Sendable>(
        isReady: Readiness = .ready,
        administration: Administration? = nil,
        onProbe: @escaping @Sendable () -> Bool = { true },
        configure: (inout StatusServerSettings) -> Void = { _ in },
        _ body: @Sendable (TestDaemon) async throws -> Output
    ) async throws -> Output {
        var settings = StatusServerSettings(port: 0)
        configure(&settings)
        let lanes = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (addresses, bound) = AsyncStream.makeStream(of: SocketAddress.self)
        let server = StatusServer(
            settings: settings,
            group: group,
            gate: try await gate(on: lanes.next()),
            administration: administration,
            report: { .sample },
            isLive: { onProbe() },
            isReady: { isReady },
            logger: Logger(label: "status", factory: { _ in SwiftLogNoOpLogHandler() }),
            bound: { bound.yield($0) }
        )
        let output = try await run(server, addresses, body)
        try await group.shutdownGracefully()
        try await lanes.shutdownGracefully()
        return output
    }

    private static func run<Output: Sendable>(
        _ server: StatusServer,
        _ addresses: AsyncStream<SocketAddress>,
        _ body: @Sendable (TestDaemon) async throws -> Output
    ) async throws -> Output {
        let services = ServiceGroup(services: [server], logger: server.logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = addresses.makeAsyncIterator()
            let port = try #require(await iterator.next()?.port)
            let output = try await body(TestDaemon(port: port) { await services.triggerGracefulShutdown() })
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return output
        }
    }

    private static func gate(on loop: any EventLoop) async throws -> LaneGate {
        let register = PolicyRegister(try TestPolicy.make(), now: 0)
        let box = try await loop.submit {
            let store = MemoryStore(maxKeys: 1000) { 1_000_000_000 }
            return NIOLoopBound(DecisionLane(store: store, register: register) { 0 }, eventLoop: loop)
        }.get()
        return LaneGate { work in
            loop.execute { work(box.value) }
        }
    }
}
