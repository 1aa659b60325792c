import NIOCore
import NIOSSL
import NIOTLS

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Stands behind the TLS handler: ends handshakes that take too long, looks at whose certificate it was that passed,
/// and says why one did not.
///
/// The chain is verified by the TLS library before. What is looked at here also holds for a session that is resumed,
/// whose chain is not verified again.
final class PeerGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let tls: NIOSSLServerHandler
    private let asksForCertificate: Bool
    private let names: [PeerName]
    private let timeout: TimeAmount
    private let refusals: RefusalLog
    private var alarm: Scheduled<Void>?
    private var isShut = true

    init(
        tls: NIOSSLServerHandler,
        asksForCertificate: Bool,
        names: [PeerName],
        timeout: TimeAmount,
        refusals: RefusalLog
    ) {
        self.tls = tls
        self.asksForCertificate = asksForCertificate
        self.names = names
        self.timeout = timeout
        self.refusals = refusals
    }

    func handlerAdded(context: ChannelHandlerContext) {
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [refusals] in
            refusals.note(.handshakeTooSlow, peer: context.remoteAddress)
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        alarm?.cancel()
        if asksForCertificate, let refusal = refusal(of: tls.peerCertificate) {
            refusals.note(refusal, peer: context.remoteAddress)
            context.close(promise: nil)
            return
        }
        isShut = false
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isShut { context.fireChannelRead(data) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOSSLError.handshakeFailed(let cause):
            refusals.note(Refusal(handshake: "\(cause)", tls.peerCertificate), peer: context.remoteAddress)
        case is NIOSSLError, is BoringSSLError, is NIOSSLCloseTimedOutError:
            // The TLS handler closes by itself, and that the peer is gone is told as such.
            break
        default: context.fireErrorCaught(error)
        }
    }

    /// Why the owner of a certificate whose chain is good is not let in; nil lets it in.
    private func refusal(of certificate: NIOSSLCertificate?) -> Refusal? {
        guard let certificate else { return .certificateMissing }
        if certificate.notValidAfter < time(nil) { return .certificateExpired }
        if names.isEmpty { return nil }
        let isNamed = certificate._subjectAlternativeNames().contains { name in
            let bytes = Array(name.contents)
            return switch name.nameType {
            case .dnsName: names.contains { $0.matches(dnsName: bytes) }
            case .uri: names.contains { $0.matches(uri: bytes) }
            default: false
            }
        }
        return isNamed ? nil : .certificateName
    }
}

extension Refusal {
    /// What the TLS library says of a handshake, which does not tell an expired certificate from a foreign one.
    fileprivate init(handshake cause: String, _ certificate: NIOSSLCertificate?) {
        if cause.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") {
            self = .certificateMissing
        } else if !cause.contains("CERTIFICATE_VERIFY_FAILED") {
            self = cause.contains("UNSUPPORTED_PROTOCOL") ? .oldVersion : .handshakeFailed
        } else if let certificate, certificate.notValidAfter < time(nil) {
            self = .certificateExpired
        } else if let certificate, certificate.notValidBefore > time(nil) {
            self = .certificateNotYetValid
        } else {
            self = .certificateUntrusted
        }
    }
}
