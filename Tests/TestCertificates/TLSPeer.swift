import NIOCore
import NIOPosix
package import NIOSSL
import NIOTLS

/// A client of a TLS port of the loopback: connects, sends, and tells what came back and how it ended.
package struct TLSPeer: Sendable {
    /// Whom to trust.
    package var authority: String
    package var identity: TestAuthority.Identity?
    package var protocols: [String] = []
    package var newest: TLSVersion?
    package var oldest = TLSVersion.tlsv1

    package init(trusting authority: TestAuthority, as identity: TestAuthority.Identity? = nil) {
        self.authority = authority.certificate
        self.identity = identity
    }

    package struct Outcome: Sendable {
        package var bytes: [UInt8] = []
        /// What was agreed to be spoken.
        package var spoken: String?
        /// The serial number of the daemon's certificate; nil where the handshake was not over.
        package var serial: [UInt8]?
        /// Why the connection ended; nil where it was the peer who had enough, or a plain end.
        package var problem: String?
        package var text: String { String(decoding: bytes, as: UTF8.self) }

        package init(_ bytes: [UInt8] = []) {
            self.bytes = bytes
        }
    }

    /// Sends once the handshake is over, and returns when what came is enough, or the connection has ended.
    package func exchange(
        port: Int,
        _ bytes: [UInt8] = [],
        until isEnough: @escaping @Sendable ([UInt8]) -> Bool = { _ in false }
    ) async throws -> Outcome {
        let context = try NIOSSLContext(configuration: configuration())
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Outcome.self)
        let late = loop.scheduleTask(in: .seconds(15)) { promise.fail(ChannelError.connectTimeout(.seconds(15))) }
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ExchangeHandler(bytes, promise, isEnough)
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                    try channel.pipeline.syncOperations.addHandlers(tls, handler)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let outcome = try await promise.futureResult.get()
        late.cancel()
        channel.close(promise: nil)
        return outcome
    }

    private func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = oldest
        configuration.maximumTLSVersion = newest
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
        configuration.applicationProtocols = protocols
        if let identity {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate)
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
        }
        return configuration
    }
}

private final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: [UInt8]
    private let promise: EventLoopPromise<TLSPeer.Outcome>
    private let isEnough: ([UInt8]) -> Bool
    private var outcome = TLSPeer.Outcome()

    init(
        _ bytes: [UInt8],
        _ promise: EventLoopPromise<TLSPeer.Outcome>,
        _ isEnough: @escaping ([UInt8]) -> Bool
    ) {
        self.bytes = bytes
        self.promise = promise
        self.isEnough = isEnough
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let spoken) = event as? TLSUserEvent {
            outcome.spoken = spoken
            outcome.serial = try? context.pipeline.syncOperations.nioSSL_peerCertificate()?.serialNumber
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            if isEnough([]) { promise.succeed(outcome) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        outcome.bytes += unwrapInboundIn(data).readableBytesView
        if isEnough(outcome.bytes) { promise.succeed(outcome) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if outcome.problem == nil { outcome.problem = "\(error)" }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.succeed(outcome)
    }
}
