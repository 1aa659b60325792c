import HummingbirdCore
import Logging
import NIOCore
import TransportSecurity

/// A connection that speaks TLS, and HTTP inside it. Each takes the certificate that is in force when it comes.
struct SecuredChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let tls: ServerTLS
    let timeout: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try tls.secure(channel, port: .http, timeout: timeout)
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
