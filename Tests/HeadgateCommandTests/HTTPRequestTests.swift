import HeadgateClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import headgate

@Suite(.timeLimit(.minutes(1)))
struct HTTPRequestTests {
    /// A server that answers every connection with the given text, and what it was sent.
    private func answering(_ text: String?) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FixedAnswer(text))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func get(_ server: any Channel, timeout: Duration = .seconds(20)) async throws -> HTTPRequest.Answer {
        let address = ServerAddress(host: "127.0.0.1", port: try #require(server.localAddress?.port))
        return try await HTTPRequest(address: address, path: "/status", token: "t").send(timeout: timeout)
    }

    @Test func `a body may be chunked`() async throws {
        let server = try await answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        #expect(try await get(server) == HTTPRequest.Answer(status: 200, body: Array("{}".utf8)))
        try await server.close()
    }

    @Test(arguments: ["garbage\r\n\r\n", "", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"])
    func `what is no whole answer is a failure`(_ text: String) async throws {
        let server = try await answering(text)
        await #expect(throws: CommandFailure.self) { try await get(server) }
        try await server.close()
    }

    @Test func `a server that does not answer is not waited for`() async throws {
        let server = try await answering(nil)
        await #expect(throws: CommandFailure.self) { try await get(server, timeout: .milliseconds(50)) }
        try await server.close()
    }
}

/// Answers the first bytes with a text and closes; with no text, never.
private final class FixedAnswer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let text: String?

    init(_ text: String?) {
        self.text = text
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let text else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
        context.close(promise: nil)
    }
}
