import DecisionService
import NIOCore
import WireProtocol

/// A connection that speaks HTTP/2 and so gRPC: frames in, answers out, one write for each read pass.
final class GRPCHandler: ChannelInboundHandler, LaneConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let lane: RPCLane
    /// Calls by slot: those that are open, and those kept for the next ones.
    var calls: [GRPCCall] = []
    /// Slots of calls that are at rest.
    var free: [Int] = []
    /// Streams that wait for the end of their answer.
    var unanswered = 0
    /// Calls that a method has not answered.
    var deciding = 0
    /// Bytes of requests that are not whole.
    var unfinishedBytes = 0 {
        didSet { lane.heldBytes += unfinishedBytes - oldValue }
    }
    /// Bytes of answers that the peer has given no room for.
    var unsent = 0 {
        didSet { lane.heldBytes += unsent - oldValue }
    }
    /// What the block of header fields that is under way has said so far.
    var head = RequestHead()
    var credentials: CallCredentials
    var watches: [Int: HealthWatch] = [:]
    var deadlines = DeadlineAlarm()
    let session = HTTP2Session()
    private var context: ChannelHandlerContext?
    private var out = ByteBuffer()
    private var meter = FrameMeter()
    private var vigil: ConnectionVigil
    private var isReceiving = false
    private var isWriting = false
    private var isLeaving = false
    private var farewell = Farewell.none
    private var hasProgressed = false
    private var stuckTicks: Int64 = 0

    /// How far a drain has come (RFC 9113, 6.8).
    private enum Farewell {
        case none
        /// The peer is told to open no more streams; those it has opened meanwhile are served.
        case announced
        /// The last stream is named: the connection closes with its answer.
        case said
    }

    init(lane: RPCLane, deadline: NIODeadline) {
        self.lane = lane
        credentials = CallCredentials(lane.settings)
        vigil = ConnectionVigil(lane.settings, handshake: deadline)
        session.attach(self)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lane.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        lane.remove(self)
        deadlines.stop()
        abandonAll()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isLeaving { return }
        let bytes = unwrapInboundIn(data)
        if lane.isDraining { drain() }
        let frames = meter.read(bytes.readableBytesUInt8Span)
        vigil.received(frames: frames > 0, isPartial: meter.isPartial)
        if leaveIfFlooded() { return }
        isReceiving = true
        let isSound = bytes.withUnsafeReadableBytes { session.receive($0) }
        isReceiving = false
        if !isSound { leave(.protocolError, "the peer does not keep to HTTP/2") }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lane.flush()
        flushAnswers()
        if unanswered > 0 { deadlines.arm(on: lane.eventLoop) { [self] in failOverdue() } } else { deadlines.forget() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        vigil.writability(context.channel.isWritable)
        if context.channel.isWritable { write() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func flushAnswers() {
        if isReceiving { return }
        write()
        closeIfDone()
    }
}

extension GRPCHandler {
    var peer: SocketAddress? { context?.channel.remoteAddress }

    func drain() {
        guard farewell == .none, !isLeaving else { return }
        farewell = .announced
        session.announceGoAway()
        // By itself, as the library would put the ping before it: the answer tells that the peer knows.
        write()
        session.ping()
        endStreams()
        flushAnswers()
    }

    /// The peer has answered a ping: after the one of a drain it knows that it may open no more streams.
    func pingAnswered() {
        if farewell == .announced { sayGoodbye() }
    }

    /// The peer opens no more streams.
    func peerLeaves() { farewell = .said }

    func servingChanged() {
        tellWatches()
        flushAnswers()
    }

    func closeIfOverdue(now: NIODeadline) {
        if farewell == .announced { sayGoodbye() }
        meter.tick()
        failUnfinished()
        switch vigil.tick(now: now, hasCalls: deciding > 0) {
        case .rest: break
        case .ping: session.ping()
        case .retire: drain()
        case .close(let reason): return leave(.noError, reason)
        }
        if isStuck { return leave(.enhanceYourCalm, "answers are not read") }
        if unanswered == 0 { trim() }
        flushAnswers()
    }

    /// Bytes went into frames.
    func sent(_ count: Int) {
        unsent -= count
        hasProgressed = true
    }

    /// A stream had to be reset for what the peer did.
    func forcedReset() { meter.countForcedReset() }

    private func sayGoodbye() {
        farewell = .said
        session.goAway(.noError, "the daemon takes no more calls on this connection")
    }

    /// Answers have been waiting for room for too long, and none has come.
    private var isStuck: Bool {
        stuckTicks = unsent > 0 && !hasProgressed ? stuckTicks + 1 : 0
        hasProgressed = false
        return TimeAmount.seconds(stuckTicks) >= max(lane.settings.writeTimeout, .seconds(1))
    }

    private func leaveIfFlooded() -> Bool {
        guard let excess = meter.excess else { return false }
        switch excess {
        case .resets: leave(.enhanceYourCalm, "too many streams are reset")
        case .control: leave(.enhanceYourCalm, "too_many_pings")
        case .continuations: leave(.enhanceYourCalm, "a header block has too many frames")
        }
        return true
    }

    /// Says why, and closes once that is written.
    private func leave(_ code: HTTP2ErrorCode, _ reason: String) {
        if !isLeaving {
            isLeaving = true
            session.goAway(code, reason)
            write()
        }
        context?.close(promise: nil)
    }

    /// Closes once all is said and has left the channel's buffers.
    private func closeIfDone() {
        guard let context, !isLeaving, !session.wantsToSend else { return }
        guard session.isOver || (farewell == .said && unanswered == 0 && unsent == 0) else { return }
        isLeaving = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    /// Sends what there is room for. A write that makes the channel writable again comes back here: it goes on below.
    private func write() {
        guard let context, !isWriting, !isReceiving else { return }
        isWriting = true
        defer { isWriting = false }
        while context.channel.isWritable, session.wantsToSend {
            session.send(into: &out, atMost: lane.settings.maxUnsent)
            guard out.readableBytes > 0 else { return }
            context.writeAndFlush(wrapOutboundOut(out), promise: nil)
            if out.capacity > Self.keptBuffer { out = ByteBuffer() } else { out.clear() }
        }
    }

    private static let keptBuffer = 64 << 10

    /// Gives back what a rush has left, once it is over.
    private func trim() {
        guard deciding == 0, free.count == calls.count, calls.count > Self.keptCalls else { return }
        calls.removeAll()
        free.removeAll()
        out = ByteBuffer()
    }

    private static let keptCalls = 16
}
