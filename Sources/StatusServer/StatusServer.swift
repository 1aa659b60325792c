package import DecisionService
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle

/// The HTTP port: checks as JSON, the dashboard and its data, probes.
///
/// Give it an event loop group of its own, so that nothing here holds up a lane.
package struct StatusServer: Service {
    private let settings: StatusServerSettings
    private let routes: Routes
    private let group: any EventLoopGroup
    let logger: Logger
    private let bound: @Sendable (SocketAddress) -> Void

    /// - Parameters:
    ///   - group: what connections run on.
    ///   - gate: where checks are decided.
    ///   - administration: what operators do at run time; nil serves none of it.
    ///   - report: what `/status` and the dashboard show.
    ///   - isLive: false where only a restart helps.
    ///   - isReady: whether new work is taken.
    ///   - bound: told the address once the server listens.
    package init(
        settings: StatusServerSettings,
        group: any EventLoopGroup,
        gate: LaneGate,
        administration: Administration? = nil,
        report: @escaping @Sendable () async -> StatusReport,
        isLive: @escaping @Sendable () async -> Bool = { true },
        isReady: @escaping @Sendable () async -> Readiness,
        logger: Logger,
        bound: @escaping @Sendable (SocketAddress) -> Void = { _ in }
    ) {
        self.settings = settings
        self.group = group
        self.logger = logger
        self.bound = bound
        routes = Routes(
            settings: settings,
            gate: gate,
            administration: administration,
            report: report,
            isLive: isLive,
            isReady: isReady
        )
    }

    /// Serves until the service group shuts down. Throws where the address cannot be bound.
    package func run() async throws {
        let application = Application(
            responder: routes.router().buildResponder(),
            server: server,
            configuration: listener,
            onServerRunning: { [bound] channel in
                // One connection a read: a whole batch of them would overstep the maximum.
                try? await channel.setOption(.maxMessagesPerRead, value: 1).get()
                if let address = channel.localAddress { bound(address) }
            },
            eventLoopGroupProvider: .shared(group),
            logger: logger
        )
        try await application.run()
    }

    private var listener: ApplicationConfiguration {
        ApplicationConfiguration(
            address: .hostname(settings.host, port: settings.port),
            availableConnectionsDelegate: MaximumAvailableConnections(settings.maxConnections, logger: logger)
        )
    }

    private var server: HTTPServerBuilder {
        let settings = settings
        let http = http
        return HTTPServerBuilder { responder in
            let channel = HTTP1Channel(responder: responder, configuration: http)
            guard let tls = settings.tls else { return channel }
            return SecuredChannel(base: channel, tls: tls, timeout: TimeAmount(settings.handshakeTimeout))
        }
    }

    private var http: HTTP1Channel.Configuration {
        let settings = settings
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionClock(settings)],
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: settings.maxHeaderBytes,
                maxHeaderListSize: settings.maxHeaderBytes,
                maxHeaderFieldCount: 100
            )
        )
    }
}
