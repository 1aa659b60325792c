package import HeadgateClient
import NIOCore
import NIOHTTP1
import NIOPosix
package import TransportSecurity

/// One request over HTTP/1.1, on a connection of its own.
package struct HTTPRequest: Sendable {
    package var address: ServerAddress
    package var path: String
    package var token: String?
    /// JSON to post; nil to get.
    package var body: [UInt8]?
    /// nil speaks no TLS.
    package var tls: ClientTLS?

    package struct Answer: Sendable, Equatable {
        package var status: Int
        package var body: [UInt8]
    }

    package init(
        address: ServerAddress,
        path: String,
        token: String? = nil,
        tls: ClientTLS? = nil,
        body: [UInt8]? = nil
    ) {
        self.address = address
        self.path = path
        self.token = token
        self.tls = tls
        self.body = body
    }

    /// Longer bodies are refused.
    static let longestBody = 16 << 20

    /// Fails in one sentence where the server is not there, is no HTTP server, or takes longer.
    package func send(timeout: Duration) async throws(CommandFailure) -> Answer {
        do {
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let promise = loop.makePromise(of: Answer.self)
            let late = loop.scheduleTask(in: TimeAmount(timeout)) {
                promise.fail(CommandFailure("\(address) did not answer in time"))
            }
            let connecting = ClientBootstrap(group: loop)
                .connectTimeout(TimeAmount(timeout))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try tls?.secure(channel, host: address.host)
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(AnswerHandler(self, promise))
                    }
                }
                .connect(host: address.host, port: address.port)
            connecting.whenFailure { _ in promise.fail(CommandFailure("cannot connect to \(address)")) }
            promise.futureResult.whenComplete { _ in
                late.cancel()
                connecting.whenSuccess { $0.close(promise: nil) }
            }
            return try await promise.futureResult.get()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            if let words = HandshakeProblem.text(error) { throw CommandFailure("\(address): \(words)") }
            throw CommandFailure("\(address) does not answer as an HTTP server: \(error)")
        }
    }
}

/// Sends the request and gathers the answer.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: HTTPRequest
    private let promise: EventLoopPromise<HTTPRequest.Answer>
    private var answer = HTTPRequest.Answer(status: 0, body: [])

    init(_ request: HTTPRequest, _ promise: EventLoopPromise<HTTPRequest.Answer>) {
        self.request = request
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders([
            ("host", "\(request.address)"), ("connection", "close"), ("accept", "application/json"),
        ])
        if let token = request.token { headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body = request.body {
            headers.add(name: "content-type", value: "application/json")
            headers.add(name: "content-length", value: "\(body.count)")
        }
        let method = request.body == nil ? HTTPMethod.GET : .POST
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: request.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body = request.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): answer.status = Int(head.status.code)
        case .body(let part):
            answer.body.append(contentsOf: part.readableBytesView)
            if answer.body.count > HTTPRequest.longestBody {
                promise.fail(CommandFailure("the answer of \(request.address) is longer than 16 MiB"))
            }
        case .end: promise.succeed(answer)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(CommandFailure("\(request.address) closed the connection"))
    }
}
