internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Makes connections for links: over TCP or a unix socket, with TLS where the settings ask for it.
struct RedisDialer: Sendable {
    private let connectTimeout: TimeAmount
    private let tls: NIOSSLContext?

    init(_ settings: RedisSettings) throws(StoreError) {
        connectTimeout = .microseconds(settings.connectTimeout)
        tls = settings.url.tls ? try Self.context(settings) : nil
    }

    /// Connects and hands the channel to the link, which hears of everything that follows.
    func dial(_ address: RedisAddress, for link: RedisLink, on loop: any EventLoop) {
        let bound = NIOLoopBound(link, eventLoop: loop)
        let tls = tls
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: address.serverName)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let connecting =
            switch address {
            case .host(let host, let port):
                bootstrap.channelOption(.socketOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connecting.assumeIsolated().whenFailure { error in
            link.close(StoreError(.connection, "cannot connect: \(type(of: error))"))
        }
        // The greeting has to be over by then too: a server that is stopped still accepts connections.
        loop.assumeIsolated().scheduleTask(in: connectTimeout) {
            if !link.isReady { link.close(StoreError(.timeout, "the server did not answer the greeting in time")) }
        }
    }

    private static func context(_ settings: RedisSettings) throws(StoreError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        do {
            if let file = settings.authorityFile { configuration.trustRoots = .file(file) }
            if let file = settings.certificateFile {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
            }
            if let file = settings.keyFile {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: file, format: .pem))
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StoreError(.settings, "the store's certificates or key cannot be read: \(type(of: error))")
        }
    }
}

extension RedisAddress {
    /// The name a certificate is checked against; an address in numbers is checked by NIOSSL itself.
    fileprivate var serverName: String? {
        guard case .host(let host, _) = self else { return nil }
        let isNumeric = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        return isNumeric ? nil : host
    }
}
