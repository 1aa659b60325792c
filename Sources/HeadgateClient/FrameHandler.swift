import NIOCore
import WireProtocol

/// A channel of a connection: cuts what comes into frames, sends what it is given.
///
/// `@unchecked Sendable`: it belongs to its connection's loop, which alone touches it, like everything it calls.
final class FrameHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Connection
    private var context: ChannelHandlerContext?
    private var pending = ByteBuffer()
    private var isOver = false
    let decoder = MessageDecoder(arenaBytes: MessageDecoder.responseArena)
    /// The greeting on this channel is done.
    var isGreeted = false

    init(_ connection: Connection) {
        self.connection = connection
    }

    func write(_ bytes: [UInt8]) {
        guard let context, !isOver else { return }
        context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    func flush() {
        context?.flush()
    }

    /// Closes the channel; nothing more is heard from it.
    func close() {
        isOver = true
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isOver { connection.linkWasLost(self, "\(connection.address) closed the connection") }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isOver { connection.linkWasLost(self, "\(connection.address): \(DialProblem.text(error))") }
        close()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOver { return }
        var bytes = unwrapInboundIn(data)
        if pending.readableBytes > 0 {
            pending.writeBuffer(&bytes)
            swap(&pending, &bytes)
        }
        let taken = takeFrames(bytes)
        if isOver { return pending.clear() }
        bytes.moveReaderIndex(forwardBy: taken)
        // Of its own memory, so that a rest of few bytes does not keep a whole read alive.
        pending.clear()
        pending.writeBuffer(&bytes)
    }

    /// Hands over all whole frames and returns where the rest begins.
    private func takeFrames(_ bytes: ByteBuffer) -> Int {
        bytes.withUnsafeReadableBytes { raw in
            let span = raw.bindMemory(to: UInt8.self).span
            var start = 0
            while !isOver {
                switch FrameReader.next(in: span, from: start, bound: WireBounds.responseFrame) {
                case .needMore: return start
                case .tooLong:
                    connection.linkIsBroken(self)
                    return start
                case .frame(let frame, let payload):
                    start = payload.upperBound
                    if !connection.take(frame, span.extracting(payload), from: self) { return start }
                }
            }
            return start
        }
    }
}
