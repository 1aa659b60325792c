import Logging
import NIOCore
import WireProtocol

/// Looks at the first bytes of a connection and makes way for the handler of what it speaks.
final class DialectHandler: ChannelInboundHandler, RemovableChannelHandler, LaneConnection {
    typealias InboundIn = ByteBuffer

    private let lane: RPCLane
    private let logger: Logger
    private var received: ByteBuffer?
    private var context: ChannelHandlerContext?
    private let deadline: NIODeadline

    init(lane: RPCLane, logger: Logger) {
        self.lane = lane
        self.logger = logger
        deadline = .now() + lane.settings.handshakeTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lane.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        lane.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var earlier = received {
            earlier.writeBuffer(&bytes)
            bytes = earlier
        }
        received = bytes
        switch Dialect.sniff(bytes.readableBytesUInt8Span) {
        case .needMore: break
        case .speaks(.compact): hand(bytes, to: CompactHandler(lane: lane, deadline: deadline), context)
        case .speaks(.http2): hand(bytes, to: GRPCHandler(lane: lane, deadline: deadline), context)
        case .unknown:
            logger.debug("closed a connection that speaks no dialect of ours")
            context.close(promise: nil)
        }
    }

    func drain() { context?.close(promise: nil) }

    func closeIfOverdue(now: NIODeadline) {
        if now >= deadline { context?.close(promise: nil) }
    }

    private func hand(_ bytes: ByteBuffer, to handler: any ChannelHandler, _ context: ChannelHandlerContext) {
        do {
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
            context.fireChannelRead(NIOAny(bytes))
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }
}
