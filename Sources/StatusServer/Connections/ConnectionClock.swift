import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Holds one connection to its time: a request that dawdles is answered 408, an answer nobody reads is cut off.
///
/// Sits behind the HTTP decoder. Hummingbird's idle timeout starts anew with each byte that comes; this one does not,
/// so that a request sent byte by byte cannot keep its connection. It also ends a connection in the way that lets the
/// peer read the last answer (RFC 9112, 9.6): end our side, go on reading for a moment, close.
final class ConnectionClock: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var machine = StateMachine()
    private let settings: StatusServerSettings
    private var alarm: Scheduled<Void>?
    private var hasReadPart = false
    private var isDiscarding = false

    init(_ settings: StatusServerSettings) {
        self.settings = settings
    }

    func handlerAdded(context: ChannelHandlerContext) {
        restart(.request, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
        machine.closed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        machine.closed()
        context.fireChannelInactive()
    }
}

// What the peer sends.
extension ConnectionClock {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReadPart = true
        let action =
            switch unwrapInboundIn(data) {
            case .head(let head): readHead(head, context)
            case .body: machine.requestBody(isEnd: false)
            case .end: machine.requestBody(isEnd: true)
            }
        switch action {
        case .begin:
            restart(.request, context)
            context.fireChannelRead(data)
        case .forward: context.fireChannelRead(data)
        case .drop: break
        }
    }

    private func readHead(_ head: HTTPRequest, _ context: ChannelHandlerContext) -> StateMachine.ReadAction {
        // A request without a host is one of HTTP/1.0, whose peers wait for the connection to close.
        let action = machine.requestHead(isLast: head.authority == nil || head.headerFields.asksToClose)
        if action == .begin, head.headerFields[.expect]?.lowercased() == "100-continue", !isTooLong(head) {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        return action
    }

    /// A body that is refused for its length is not asked for first.
    private func isTooLong(_ head: HTTPRequest) -> Bool {
        guard let length = head.headerFields[.contentLength].flatMap({ Int($0) }) else { return false }
        return length > settings.maxBodyBytes
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasReadPart, machine.partialHead() == .begin { restart(.request, context) }
        hasReadPart = false
        context.fireChannelReadComplete()
        if isDiscarding { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed, machine.peerEnded() {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            if !isDiscarding { context.fireErrorCaught(error) }
            return
        }
        switch machine.parserFailed() {
        case .refuse: refuse(HTTPProblem(parser: error), context)
        case .passOn: context.fireErrorCaught(error)
        case .close: context.close(promise: nil)
        case .drop: break
        }
    }
}

// What the server answers.
extension ConnectionClock {
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind == .informational:
            context.write(data, promise: promise)
        case .head(let head):
            writeHead(head, context, promise)
        case .body:
            if machine.responseBody() { context.write(data, promise: promise) } else { drop(promise) }
        case .end:
            guard machine.responseEnd() else { return drop(promise) }
            let sent = promise ?? context.eventLoop.makePromise()
            watch(sent, context)
            context.write(data, promise: sent)
        }
    }

    private func writeHead(_ head: HTTPResponse, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        var head = head
        switch machine.responseHead(isLast: head.headerFields.asksToClose) {
        case .drop:
            return drop(promise)
        case .writeLast:
            head.headerFields[.connection] = "close"
        case .write:
            break
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func drop(_ promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.outputClosed)
    }

    private func watch(_ sent: EventLoopPromise<Void>, _ context: ChannelHandlerContext) {
        sent.futureResult.assumeIsolated().whenSuccess { [self] in
            switch machine.responseSent() {
            case .nothing: break
            case .restart(let limit): restart(limit, context)
            case .linger: linger(context)
            case .close: context.close(promise: nil)
            }
        }
    }

    private func linger(_ context: ChannelHandlerContext) {
        isDiscarding = true
        context.close(mode: .output, promise: nil)
        restart(.linger, context)
        context.read()
    }

    private func refuse(_ problem: HTTPProblem, _ context: ChannelHandlerContext) {
        isDiscarding = true
        let response = Answer.problem(problem)
        let sent = context.eventLoop.makePromise(of: Void.self)
        watch(sent, context)
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(Answer.body(of: problem))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }
}

// The time that runs.
extension ConnectionClock {
    private func restart(_ limit: StateMachine.Limit, _ context: ChannelHandlerContext) {
        alarm?.cancel()
        let time =
            switch limit {
            case .request: settings.requestTimeout
            case .idle: settings.idleTimeout
            case .linger: settings.lingerTimeout
            }
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { [self] in
            timeIsUp(context)
        }
    }

    private func timeIsUp(_ context: ChannelHandlerContext) {
        switch machine.timeIsUp() {
        case .refuse(let refusal):
            restart(.linger, context)
            refuse(refusal == .requestTooSlow ? .requestTooSlow : .answerTooSlow, context)
        case .close, .passOn, .drop:
            context.close(promise: nil)
        }
    }
}

extension HTTPFields {
    /// Whether the connection is to be closed after this message.
    var asksToClose: Bool {
        self[values: .connection].contains { field in
            field.split(separator: ",").contains { option in
                option.drop { $0 == " " }.lowercased().hasPrefix("close")
            }
        }
    }
}
