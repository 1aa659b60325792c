import DecisionService
import LimitCore
import NIOCore
import WireProtocol

/// A connection that speaks the compact framing: frames in, answers out, one write for each read pass.
final class CompactHandler: ChannelInboundHandler, LaneConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let lane: RPCLane
    /// Answers that are not written yet.
    var out: [UInt8] = []
    private(set) var inFlight = 0
    var access: ConnectionAccess
    private(set) var context: ChannelHandlerContext?
    /// What came of a frame that is not complete.
    private var partial: ByteBuffer?
    private var isPrefaceRead = false
    private var isClosing = false
    private var vigil: ConnectionVigil

    init(lane: RPCLane, deadline: NIODeadline) {
        self.lane = lane
        access = ConnectionAccess(lane.settings)
        vigil = ConnectionVigil(lane.settings, handshake: deadline)
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
        if isClosing { return }
        if var earlier = partial {
            earlier.writeBuffer(&bytes)
            bytes = earlier
            partial = nil
        }
        if !isPrefaceRead {
            bytes.moveReaderIndex(forwardBy: Frame.preface.count)
            isPrefaceRead = true
            if lane.isDraining { drain() }
        }
        let consumed = readFrames(of: bytes.readableBytesUInt8Span)
        bytes.moveReaderIndex(forwardBy: consumed)
        if bytes.readableBytes > 0, !isClosing { keep(bytes) }
        vigil.received(frames: consumed > 0, isPartial: partial != nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !out.isEmpty { write() }
        lane.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        vigil.writability(context.channel.isWritable)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func drain() {
        guard !isClosing, isPrefaceRead else { return }
        isClosing = true
        Frame.appendGoAway(WireError(.unavailable, "the daemon is draining"), to: &out)
        write()
        closeIfDone()
    }

    func closeIfOverdue(now: NIODeadline) {
        switch vigil.tick(now: now, hasCalls: inFlight > 0) {
        case .rest: break
        case .ping:
            try? Frame.appendRequest(.ping, call: 1, to: &out) { _ throws(WireError) in }
            write()
        case .retire:
            // Calls that are under way already are served: the peer leaves when it has its answers.
            Frame.appendGoAway(WireError(.unavailable, ConnectionVigil.oldAge), to: &out)
            write()
        case .close(let reason):
            Frame.appendGoAway(WireError(.deadlineExceeded, reason), to: &out)
            write()
            context?.close(promise: nil)
        }
    }
}

extension CompactHandler {
    /// Reads whole frames and returns how many bytes they took.
    private func readFrames(of bytes: Span<UInt8>) -> Int {
        var position = 0
        while true {
            switch FrameReader.next(in: bytes, from: position) {
            case .needMore: return position
            case .frame(let frame, let payload):
                read(frame, bytes.extracting(payload))
                position = payload.upperBound
                if isClosing { return position }
            case .tooLong(_, let count):
                leave(
                    WireError(.invalidArgument, "a frame of \(count) bytes is longer than \(WireBounds.requestFrame)")
                )
                return position
            }
        }
    }

    /// Keeps the beginning of a frame in a buffer of its own, so that a large one it came in is not held for it.
    private func keep(_ rest: ByteBuffer) {
        var copy = context?.channel.allocator.buffer(capacity: rest.readableBytes) ?? ByteBuffer()
        copy.writeImmutableBuffer(rest)
        partial = copy
    }

    /// Says why, and closes once that is written: nothing more can be read of this peer.
    func leave(_ reason: WireError) {
        isClosing = true
        Frame.appendGoAway(reason, to: &out)
        write()
        context?.close(promise: nil)
    }

    /// The peer opens no more calls: closes when those in flight are answered.
    func leaveWhenAnswered() {
        isClosing = true
        closeIfDone()
    }

    private func closeIfDone() {
        if isClosing, inFlight == 0 { context?.close(promise: nil) }
    }

    func opened(_ calls: Int) {
        inFlight += calls
        lane.callsInFlight += calls
    }

    /// A call has got its answer, which lies in `out`.
    func answered() {
        inFlight -= 1
        lane.callsInFlight -= 1
    }

    func write() {
        guard let context, !out.isEmpty else { return }
        var buffer = context.channel.allocator.buffer(capacity: out.count)
        buffer.writeBytes(out)
        out.removeAll(keepingCapacity: out.capacity <= lane.settings.maxUnsent)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func flushAnswers() {
        write()
        closeIfDone()
    }
}
