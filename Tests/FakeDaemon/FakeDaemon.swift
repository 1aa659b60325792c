package import LimitCore
package import NIOCore
import NIOPosix
package import WireProtocol

/// A daemon on a real loopback socket that does what a test's script says, frame by frame.
///
/// It greets by itself unless told not to. Scripts run on the loop of their connection.
package final class FakeDaemon: Sendable {
    package typealias Script = @Sendable (_ frame: Frame, _ payload: [UInt8], _ peer: FakePeer) -> Void

    private let channel: any Channel
    package let port: Int

    package var address: String { "127.0.0.1:\(port)" }

    /// Listens on a free port, or on the one given.
    package init(port: Int = 0, greets: Bool = true, script: @escaping Script) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakePeer(greets: greets, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
    }

    /// Stops listening; connections that are open stay open.
    package func stop() async {
        try? await channel.close()
    }

    /// A daemon that gives every check one answer.
    package static func answering(_ response: CheckResponse) async throws -> FakeDaemon {
        try await FakeDaemon { frame, _, peer in peer.answer(frame.call, response) }
    }
}

/// One connection of a fake daemon.
///
/// `@unchecked Sendable`: it is a handler, touched on its channel's loop only.
package final class FakePeer: ChannelInboundHandler, @unchecked Sendable {
    package typealias InboundIn = ByteBuffer

    private let greets: Bool
    private let script: FakeDaemon.Script
    private var bytes: [UInt8] = []
    private var hasPreface = false
    private var context: ChannelHandlerContext?
    /// For scripts that answer later.
    package var held: [(frame: Frame, payload: [UInt8])] = []

    init(greets: Bool, script: @escaping FakeDaemon.Script) {
        self.greets = greets
        self.script = script
    }

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
        if !hasPreface {
            guard bytes.count >= Frame.preface.count else { return }
            precondition(bytes.starts(with: Frame.preface), "the client's first bytes are not the preface")
            bytes.removeFirst(Frame.preface.count)
            hasPreface = true
        }
        while case .frame(let frame, let payload) = FrameReader.next(in: bytes.span) {
            let content = Array(bytes[payload])
            bytes.removeFirst(payload.upperBound)
            if greets, frame.kind == FrameKind.hello.rawValue {
                greet(frame.call)
            } else {
                script(frame, content, self)
            }
        }
    }

    package func greet(_ call: UInt32, mostInFlight: UInt32 = 4096) {
        respond(.hello, call) { out throws(WireError) in
            let reply = HelloReply(maxFrameBytes: 65_536, maxInFlight: mostInFlight, server: "fake/1", policy: 7)
            try MessageEncoder(arenaBytes: 16 << 10).append(reply, to: &out)
        }
    }

    package func answer(_ call: UInt32, _ response: CheckResponse) {
        send(FakePeer.bytes(call, response))
    }

    package func fail(_ kind: FrameKind, _ call: UInt32, _ code: StatusCode, _ message: String) {
        var out: [UInt8] = []
        Frame.appendFailure(kind.rawValue, call: call, WireError(code, message), to: &out)
        send(out)
    }

    package func sayGoodbye() {
        var out: [UInt8] = []
        Frame.appendGoAway(WireError(.unavailable, "draining"), to: &out)
        send(out)
    }

    /// The frame of an answer.
    package static func bytes(_ call: UInt32, _ response: CheckResponse) -> [UInt8] {
        var out: [UInt8] = []
        Frame.appendResponse(.check, call: call, to: &out) { out throws(WireError) in out.append(response) }
        return out
    }

    package func send(_ bytes: [UInt8]) {
        context?.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
    }

    package func close() {
        context?.close(promise: nil)
    }

    /// Answers a settlement.
    package func answer(_ call: UInt32, settled: Bool) {
        respond(.settle, call) { out throws(WireError) in
            try MessageEncoder(arenaBytes: 16 << 10).append(SettleResponse(settled: settled), to: &out)
        }
    }

    /// Answers a renewal.
    package func answer(_ call: UInt32, _ response: RenewResponse) {
        respond(.renew, call) { out throws(WireError) in try MessageEncoder().append(response, to: &out) }
    }

    /// Answers a report.
    package func answer(_ call: UInt32, _ response: ReportResponse) {
        respond(.report, call) { out throws(WireError) in
            try MessageEncoder(arenaBytes: 16 << 10).append(response, to: &out)
        }
    }

    private func respond(_ kind: FrameKind, _ call: UInt32, _ payload: (inout [UInt8]) throws(WireError) -> Void) {
        var out: [UInt8] = []
        Frame.appendResponse(kind, call: call, to: &out, payload: payload)
        send(out)
    }
}

extension CheckRequest {
    /// The client and route of an encoded check.
    package init?(encoded payload: [UInt8]) {
        var questions = Questions()
        let decoder = MessageDecoder(arenaBytes: 64 << 10)
        guard let index = try? decoder.decodeCheck(payload.span, into: &questions) else { return nil }
        let check = questions.checks[index]
        self.init(client: questions.string(check.client), route: questions.string(check.route))
        peek = check.peek
        allLimits = check.allLimits
    }
}
