import NIOCore
import WireProtocol

/// The tokens of a connection's calls: each comes as `authorization: Bearer <token>` in the header fields of its own.
///
/// Where no token is asked for it costs a branch a field. Where one is, it is looked up again only if it differs from
/// that of the call before.
struct CallCredentials {
    private var access: ConnectionAccess
    private var current: [UInt8] = []
    private var shown: [UInt8] = []

    init(_ settings: RPCSettings) {
        access = ConnectionAccess(settings)
    }

    /// A block of header fields begins.
    mutating func begin() {
        if access.asksForToken { current.removeAll(keepingCapacity: true) }
    }

    /// A header field has come.
    mutating func take(name: Span<UInt8>, value: Span<UInt8>) {
        guard access.asksForToken, name.matches("authorization") else { return }
        current.removeAll(keepingCapacity: true)
        let scheme: StaticString = "bearer "
        guard value.count > scheme.utf8CodeUnitCount else { return }
        for index in 0..<scheme.utf8CodeUnitCount where value[index] | 0x20 != scheme.utf8Start[index] | 0x20 { return }
        for index in scheme.utf8CodeUnitCount..<value.count { current.append(value[index]) }
    }

    /// Why the call is not taken; nil where it is.
    mutating func refusal(of method: GRPCMethod, peer: @autoclosure () -> SocketAddress?) -> WireError? {
        guard access.asksForToken, let role = method.role else { return nil }
        if current != shown {
            access.show(String(decoding: current, as: UTF8.self))
            shown = current
        }
        return access.refusal(for: role, peer: peer())
    }
}
