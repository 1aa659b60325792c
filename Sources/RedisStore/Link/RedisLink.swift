internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One connection to one server: says the greeting, then pairs replies with commands in order.
///
/// Lives on its event loop. Whatever a server does wrong ends it; the owner is told once and makes a new one.
final class RedisLink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the owner hears, on the event loop.
    struct Listener {
        var ready: (_ sha: String) -> Void
        var warned: (String) -> Void
        var replied: (borrowing Reply) -> Void
        /// The link is gone, once. `wasReady` is false where it never came to be of use.
        var closed: (StoreError, _ wasReady: Bool) -> Void
    }

    private let greeting: Greeting
    private let reader: ReplyReader
    private var listener: Listener?
    private var machine = StateMachine()
    private var context: ChannelHandlerContext?
    private var sha = ""

    init(greeting: Greeting, replyLimit: Int, listener: Listener) {
        self.greeting = greeting
        self.listener = listener
        reader = ReplyReader(limit: replyLimit)
    }

    var isReady: Bool { machine.isReady }

    /// Sends the bytes of one command; false where the link is not ready.
    func send(_ command: ByteBuffer) -> Bool {
        guard let context, machine.send() == .write else { return false }
        context.write(wrapOutboundOut(command), promise: nil)
        return true
    }

    /// Sends what was written.
    func flush() { context?.flush() }

    /// Ends the link.
    func close(_ error: StoreError) {
        let action = machine.close()
        // Closing the channel comes back here before it returns.
        let listener = self.listener.take()
        let channel = context?.channel
        context = nil
        channel?.close(promise: nil)
        switch action {
        case .reportFailure: listener?.closed(error, false)
        case .reportLoss: listener?.closed(error, true)
        case .nothing: break
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { greet(context) }
    }

    func channelActive(context: ChannelHandlerContext) { greet(context) }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        close(StoreError(.connection, "the server closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(StoreError(.connection, "the connection broke: \(Self.name(of: error))"))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        do throws(ReplyProblem) {
            try buffer.withUnsafeReadableBytes { (bytes) throws(ReplyProblem) in try reader.feed(bytes) }
            while try reader.next({ take($0) }) {}
        } catch {
            let problem = error == .tooLarge ? "a reply larger than the cap" : "bytes that are no reply"
            close(StoreError(.protocolViolation, "the server sent \(problem)"))
        }
    }

    /// What kind of error it is. Its whole text could hold more than a log should.
    private static func name(of error: any Error) -> String { String(describing: type(of: error)) }
}

extension RedisLink {
    private func greet(_ context: ChannelHandlerContext) {
        guard self.context == nil else { return }
        self.context = context
        switch machine.connected(greeting.steps) {
        case .close: context.close(promise: nil)
        case .greet(let steps):
            var buffer = context.channel.allocator.buffer(capacity: 1024)
            for step in steps { Command.write(greeting.command(step), to: &buffer) }
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
    }

    private func take(_ reply: borrowing Reply) {
        switch machine.replied() {
        case .ignore: break
        case .unasked: close(StoreError(.protocolViolation, "the server sent a reply that nobody asked for"))
        case .deliver: listener?.replied(reply)
        case .check(let step, let isLast): check(step, reply, isLast)
        }
    }

    private func check(_ step: StateMachine.Step, _ reply: borrowing Reply, _ isLast: Bool) {
        do throws(StoreError) {
            switch try greeting.judge(step, reply) {
            case .fine: break
            case .warning(let text): listener?.warned(text)
            case .loaded(let name): sha = name
            }
        } catch {
            // The machine may count as ready by now, but the link never was of use.
            let listener = self.listener.take()
            close(error)
            listener?.closed(error, false)
            return
        }
        if isLast { listener?.ready(sha) }
    }
}
