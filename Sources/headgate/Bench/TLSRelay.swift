import HeadgateClient
import NIOCore
import NIOPosix
import TransportSecurity

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Lets a bench, which works on plain sockets, speak TLS: one end of a socket pair is its connection, and what goes
/// through the other is encrypted on a thread beside it.
///
/// What that costs is the generator's. The server's CPU time a call is measured as it is.
enum TLSRelay {
    /// The bench's end of a connection to the daemon. Blocks until the connection is there.
    static func open(_ address: ServerAddress, _ tls: ClientTLS) throws(BenchFailure) -> CInt {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .system("socketpair")
        }
        do {
            try connect(ends[1], address, tls)
            return ends[0]
        } catch {
            close(ends[0])
            throw BenchFailure("\(address): \(HandshakeProblem.text(error) ?? "cannot connect")")
        }
    }

    private static func connect(_ end: CInt, _ address: ServerAddress, _ tls: ClientTLS) throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let near = try ClientBootstrap(group: loop).withConnectedSocket(end).wait()
        let far = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try tls.secure(channel, host: address.host)
                    try channel.pipeline.syncOperations.addHandler(RelayHandler(to: near))
                }
            }
            .connect(host: address.host, port: address.port)
        far.whenFailure { _ in near.close(promise: nil) }
        let channel = try far.wait()
        try loop.submit { try near.pipeline.syncOperations.addHandler(RelayHandler(to: channel)) }.wait()
    }
}

/// Hands on what one channel reads to another.
private final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) {
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.write(unwrapInboundIn(data), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        other.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
