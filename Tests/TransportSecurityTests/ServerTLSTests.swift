import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import TestCertificates
import Testing

@testable import TransportSecurity

@Suite(.timeLimit(.minutes(1))) struct ServerTLSTests {
    /// A port that speaks TLS and echoes.
    private struct EchoPort {
        let tls: ServerTLS
        let refusals: RefusalLog
        let channel: any Channel
        var port: Int { channel.localAddress?.port ?? 0 }

        init(_ files: TLSFiles, lines: Lines = Lines(), timeout: TimeAmount = .seconds(5)) async throws {
            let refusals = RefusalLog(logger: lines.logger)
            let tls = try ServerTLS(files, refusals: refusals)
            self.tls = tls
            self.refusals = refusals
            channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try tls.secure(channel, port: .rpc, timeout: timeout)
                        try channel.pipeline.syncOperations.addHandler(Echo())
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
        }

        /// Whether what a client with this TLS sends comes back.
        func isEchoed(_ client: ClientTLS) async throws -> Bool {
            let echoed = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Bool.self)
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try client.secure(channel, host: "127.0.0.1")
                        try channel.pipeline.syncOperations.addHandler(EchoWait(echoed))
                        return channel
                    }
                }
            channel.writeAndFlush(ByteBuffer(bytes: [1]), promise: nil)
            return try await echoed.futureResult.get()
        }

        func close() async throws { try await channel.close().get() }
    }

    private final class EchoWait: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let echoed: EventLoopPromise<Bool>
        init(_ echoed: EventLoopPromise<Bool>) { self.echoed = echoed }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { echoed.succeed(true) }
        func channelInactive(context: ChannelHandlerContext) { echoed.succeed(false) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
    }

    private static func files(
        _ identity: TestAuthority.Identity,
        _ authority: TestAuthority? = nil,
        _ names: [PeerName] = []
    ) -> TLSFiles {
        TLSFiles(
            certificate: PEMFile(path: identity.certificate, origin: "--tls-certificate-file"),
            key: PEMFile(path: identity.key, origin: "--tls-key-file"),
            clientAuthority: authority.map { PEMFile(path: $0.certificate, origin: "--tls-client-ca-file") },
            clientNames: names
        )
    }

    @Test(arguments: [("h2", "h2"), ("headgate/1", "headgate/1"), ("http/1.1", nil)])
    func `offers gRPC and the compact framing`(offer: String, spoken: String?) async throws {
        let authority = try TestAuthority()
        let port = try await EchoPort(Self.files(authority.issue("server", for: "DNS:localhost")))
        var peer = TLSPeer(trusting: authority)
        peer.protocols = [offer]
        let outcome = try await peer.exchange(port: port.port, [1, 2]) { $0.count == 2 }
        #expect(outcome.bytes == [1, 2] && outcome.spoken == spoken)
        try await port.close()
    }

    @Test func `a handshake that is not over in time is cut off, whatever was sent of it`() async throws {
        let authority = try TestAuthority()
        let lines = Lines()
        let files = Self.files(try authority.issue("server", for: "DNS:localhost"))
        let port = try await EchoPort(files, lines: lines, timeout: .milliseconds(200))
        for beginning in [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]] as [[UInt8]] {
            let ended = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port.port).get()
            channel.closeFuture.cascade(to: ended)
            try await channel.writeAndFlush(ByteBuffer(bytes: beginning)).get()
            try await ended.futureResult.get()
        }
        #expect(port.refusals.count(of: .handshakeTooSlow) == 2)
        #expect(lines.all.contains { $0.contains("it was not over in time") })
        try await port.close()
    }

    @Test func `a certificate that is not for clients is refused`() async throws {
        let authority = try TestAuthority()
        let port = try await EchoPort(Self.files(authority.issue("server", for: "DNS:localhost"), authority))
        let wrong = try authority.issue("wrong", for: "DNS:a.example", usage: "serverAuth")
        let right = try authority.issue("right", for: "DNS:a.example", usage: "clientAuth")
        let refused = try await TLSPeer(trusting: authority, as: wrong).exchange(port: port.port, [1]) { !$0.isEmpty }
        #expect(refused.bytes.isEmpty && refused.problem != nil)
        #expect(port.refusals.count(of: .certificateUntrusted) == 1)
        let taken = try await TLSPeer(trusting: authority, as: right).exchange(port: port.port, [1]) { !$0.isEmpty }
        #expect(taken.bytes == [1])
        try await port.close()
    }

    @Test func `changed files count from the next connection on, broken ones change nothing`() async throws {
        let authority = try TestAuthority()
        let first = try authority.issue("server", for: "DNS:localhost")
        let second = try authority.issue("second", for: "DNS:localhost")
        let port = try await EchoPort(Self.files(first))
        let peer = TLSPeer(trusting: authority)
        let before = try await peer.exchange(port: port.port) { _ in true }.serial
        try Self.replace(first.certificate, by: second.certificate)
        let mismatch = #expect(throws: TLSProblem.self) { try port.tls.reload() }
        #expect(mismatch?.description.contains("does not belong to the certificate") == true)
        #expect(try await peer.exchange(port: port.port) { _ in true }.serial == before)
        try Self.replace(first.key, by: second.key)
        try port.tls.reload()
        let after = try await peer.exchange(port: port.port) { _ in true }.serial
        #expect(after != nil && after != before)
        try await port.close()
    }

    @Test func `a client's changed certificate counts from its next connection on`() async throws {
        let authority = try TestAuthority()
        let names = try #require(PeerName("new.example"))
        let server = try authority.issue("server", for: "DNS:localhost,IP:127.0.0.1")
        let port = try await EchoPort(Self.files(server, authority, [names]))
        let old = try authority.issue("old", for: "DNS:old.example")
        let new = try authority.issue("new", for: "DNS:new.example")
        let client = try ClientTLS(
            ClientTLS.Files(
                authority: PEMFile(path: authority.certificate, origin: "--tls-ca-file"),
                certificate: PEMFile(path: old.certificate, origin: "--tls-certificate-file"),
                key: PEMFile(path: old.key, origin: "--tls-key-file")
            ),
            protocols: ClientTLS.compact
        )
        #expect(try await port.isEchoed(client) == false)
        // A key without its certificate cannot be used: what there is stays.
        try Self.replace(old.key, by: new.key)
        #expect(try await port.isEchoed(client) == false)
        try Self.replace(old.certificate, by: new.certificate)
        #expect(try await port.isEchoed(client))
        #expect(port.refusals.count(of: .certificateName) == 2)
        try await port.close()
    }

    private static func replace(_ path: String, by other: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: other)).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    @Test func `a file that cannot be used is named with its flag and what is wrong`() throws {
        let authority = try TestAuthority()
        let good = try authority.issue("server", for: "DNS:localhost")
        let other = try authority.issue("other", for: "DNS:localhost")
        let missing = authority.directory + "/nothing.pem"
        let faults: [(TestAuthority.Identity, String?, String)] = [
            (
                .init(certificate: missing, key: good.key), nil,
                "--tls-certificate-file: \(missing) cannot be read: No such file or directory"
            ),
            (
                .init(certificate: good.key, key: good.key), nil,
                "--tls-certificate-file: \(good.key) holds no certificate in PEM form"
            ),
            (
                .init(certificate: good.certificate, key: missing), nil,
                "--tls-key-file: \(missing) cannot be read: No such file or directory"
            ),
            (
                .init(certificate: good.certificate, key: good.certificate), nil,
                "--tls-key-file: \(good.certificate) holds no private key in PEM form that can be used without a passphrase"
            ),
            (
                .init(certificate: good.certificate, key: other.key), nil,
                "--tls-key-file: \(other.key) does not belong to the certificate in \(good.certificate)"
            ),
            (good, good.key, "--tls-client-ca-file: \(good.key) holds no certificate in PEM form"),
            (good, authority.directory, "--tls-client-ca-file: \(authority.directory) cannot be read: Is a directory"),
        ]
        for (identity, clientAuthority, words) in faults {
            var files = Self.files(identity)
            files.clientAuthority = clientAuthority.map { PEMFile(path: $0, origin: "--tls-client-ca-file") }
            #expect(throws: TLSProblem(words)) {
                try ServerTLS(files, refusals: RefusalLog(logger: Lines().logger))
            }
        }
    }
}
