import Hummingbird
import NIOCore

/// A request's context that knows who asks.
struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
    }

    /// Whether it is this machine.
    var isLocalPeer: Bool {
        guard let address = peer?.ipAddress else { return false }
        return BrowserGuard.isLoopback(address)
    }
}
