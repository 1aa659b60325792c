import DecisionService
package import Logging
package import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import TransportSecurity

/// The RPC port: listens, hands each connection to the lane of its event loop, and drains at the end.
package final class RPCServer: Service {
    private let settings: RPCSettings
    private let group: any EventLoopGroup
    private let lanes: LaneMap
    private let logger: Logger
    private let open = Atomic<Int>(0)
    private let bound: @Sendable (SocketAddress) -> Void

    /// - Parameters:
    ///   - lanes: one for each event loop of `group`.
    ///   - bound: told the address once the server listens.
    package init(
        settings: RPCSettings,
        group: any EventLoopGroup,
        lanes: LaneMap,
        logger: Logger,
        bound: @escaping @Sendable (SocketAddress) -> Void = { _ in }
    ) {
        self.settings = settings
        self.group = group
        self.lanes = lanes
        self.logger = logger
        self.bound = bound
    }

    /// Connections open now.
    package var connectionCount: Int { open.load(ordering: .relaxed) }

    /// Serves until the service group shuts down. Throws where the address cannot be bound.
    package func run() async throws {
        let listener = try await listen()
        if let address = listener.localAddress { bound(address) }
        // Cancelled where another service of the daemon has failed: then there is nothing to serve for either.
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await listener.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            listener.close(promise: nil)
        }
        await drain()
    }

    private func listen() async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
            .bind(host: settings.host, port: settings.port)
            .get()
    }

    private var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: settings.maxUnsent / 4, high: settings.maxUnsent)
    }

    private func accept(_ channel: any Channel) throws {
        let count = open.add(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { [self] _ in open.subtract(1, ordering: .relaxed) }
        guard count <= settings.maxConnections else {
            logger.debug("refused a connection", metadata: ["rpc.connections": "\(count)"])
            channel.close(promise: nil)
            return
        }
        try settings.tls?.secure(channel, port: .rpc, timeout: settings.handshakeTimeout)
        let handler = DialectHandler(lane: lanes.lane(of: channel.eventLoop), logger: logger)
        try channel.pipeline.syncOperations.addHandlers(BackpressureHandler(), handler)
    }

    /// Tells every peer, and waits for the calls in flight for as long as the settings say.
    private func drain() async {
        await lanes.onEach { $0.drain() }
        let deadline = NIODeadline.now() + settings.drainTimeout
        while connectionCount > 0, NIODeadline.now() < deadline {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
