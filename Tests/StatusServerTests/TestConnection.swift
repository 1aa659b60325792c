import NIOCore
import NIOPosix
import Testing

/// A connection to a server under test: bytes out, answers in. Understands no more HTTP than the server speaks.
struct TestConnection {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var buffer = ByteBuffer()

    /// Opens a connection, has it used and closes it.
    static func open<Output: Sendable>(
        _ daemon: TestDaemon,
        _ body: @Sendable (inout TestConnection) async throws -> Output
    ) async throws -> Output {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: daemon.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = TestConnection(outbound: outbound, inbound: inbound.makeAsyncIterator())
            return try await body(&connection)
        }
    }

    private init(
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) {
        self.outbound = outbound
        self.inbound = inbound
    }

    var writer: NIOAsyncChannelOutboundWriter<ByteBuffer> { outbound }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    func send(_ request: TestRequest) async throws {
        try await send(request.text)
    }

    /// Says that nothing more will be sent.
    func end() {
        outbound.finish()
    }

    /// The next answer, or nil where the server has ended the connection. `toHead`: it has no body.
    mutating func receive(toHead: Bool = false) async throws -> TestReply? {
        while true {
            if let reply = TestReply(taking: &buffer, isToHead: toHead) { return reply }
            guard var bytes = try await inbound.next() else { return nil }
            buffer.writeBuffer(&bytes)
        }
    }

    mutating func ask(_ request: TestRequest) async throws -> TestReply? {
        try await send(request)
        return try await receive(toHead: request.method == "HEAD")
    }

    /// The server ends the connection with nothing more to say.
    mutating func expectEnd(_ location: SourceLocation = #_sourceLocation) async throws {
        let reply = try await receive()
        #expect(reply == nil && buffer.readableBytes == 0, sourceLocation: location)
    }

    /// The next answer has this status.
    mutating func expect(_ status: Int, _ location: SourceLocation = #_sourceLocation) async throws {
        let reply = try await receive()
        #expect(reply?.status == status, sourceLocation: location)
    }

    /// The answer to this request has this status.
    mutating func expect(
        _ status: Int,
        to request: TestRequest,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        try await send(request)
        try await expect(status, location)
    }
}

extension TestDaemon {
    /// One request on a connection of its own.
    func ask(_ request: TestRequest) async throws -> TestReply {
        let reply = try await TestConnection.open(self) { try await $0.ask(request) }
        return try #require(reply)
    }

    /// The answer to this request has this status.
    func expect(
        _ status: Int,
        to request: TestRequest,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let reply = try await ask(request)
        #expect(reply.status == status, sourceLocation: location)
    }
}
