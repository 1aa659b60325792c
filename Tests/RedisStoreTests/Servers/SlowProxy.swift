import NIOCore
import NIOPosix
import Synchronization

/// Stands between a lane and its server and lets replies wait.
final class SlowProxy: Sendable {
    let port: Int
    private let delay: Delay
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    private final class Delay: Sendable {
        let microseconds = Atomic<Int64>(0)
    }

    init(to port: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let delay = Delay()
        self.group = group
        self.delay = delay
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop)
                    .connect(host: "127.0.0.1", port: port)
                    .flatMapThrowing { server in
                        try client.pipeline.syncOperations.addHandler(Pipe(to: server, after: { 0 }))
                        let wait = { @Sendable in delay.microseconds.load(ordering: .relaxed) }
                        try server.pipeline.syncOperations.addHandler(Pipe(to: client, after: wait))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = channel.localAddress!.port!
    }

    /// How long replies wait from now on, in us.
    func delay(_ microseconds: Int64) { delay.microseconds.store(microseconds, ordering: .relaxed) }

    func stop() async {
        try? await channel.close().get()
        try? await group.shutdownGracefully()
    }

    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let target: any Channel
        private let wait: () -> Int64

        init(to target: any Channel, after wait: @escaping () -> Int64) {
            self.target = target
            self.wait = wait
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            let target = target
            context.eventLoop.scheduleTask(in: .microseconds(wait())) { target.writeAndFlush(bytes, promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) { target.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
