import NIOCore
import NIOPosix
import RedisStore
import Synchronization

/// A server that greets as Redis does and then answers scripts as a test tells it to.
final class FakeServer: Sendable {
    /// The bytes to answer a call with, by the number of the call; nil closes the connection.
    typealias Script = @Sendable (_ call: Int) -> [UInt8]?

    let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    let accepted: Accepted

    final class Accepted: Sendable {
        let count = Atomic<Int>(0)
        let calls = Atomic<Int>(0)
    }

    init(version: String = "7.0.15", _ script: @escaping Script) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let accepted = Accepted()
        self.group = group
        self.accepted = accepted
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    accepted.count.wrappingAdd(1, ordering: .relaxed)
                    try channel.pipeline.syncOperations.addHandler(Handler(version, script, accepted))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress!.port!
    }

    func stop() async {
        try? await channel.close().get()
        try? await group.shutdownGracefully()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let script: Script
        private let accepted: Accepted
        private let version: String
        private var text = ""

        init(_ version: String, _ script: @escaping Script, _ accepted: Accepted) {
            self.version = version
            self.script = script
            self.accepted = accepted
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            while let answer = next() {
                guard let answer else {
                    context.close(promise: nil)
                    return
                }
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
            }
        }

        /// Finds the next known command; what lies between does not matter.
        private func next() -> [UInt8]?? {
            let known = [
                ("server\r\n", Self.bulk("redis_version:\(version)\r\nredis_mode:standalone\r\n")),
                ("ROLE\r\n", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"),
                ("memory\r\n", Self.bulk("maxmemory_policy:noeviction\r\n")),
                ("return values\n\r\n", "$40\r\n\(String(repeating: "a", count: 40))\r\n"),
                ("EVALSHA\r\n", ""),
            ]
            let found = known.compactMap { word, answer in text.firstRange(of: word).map { ($0, word, answer) } }
            guard let (range, word, answer) = found.min(by: { $0.0.lowerBound < $1.0.lowerBound }) else { return nil }
            text = String(text[range.upperBound...])
            guard word == "EVALSHA\r\n" else { return .some(Array(answer.utf8)) }
            return .some(script(accepted.calls.wrappingAdd(1, ordering: .relaxed).oldValue))
        }

        private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
    }
}
