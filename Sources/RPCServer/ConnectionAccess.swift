import DecisionService
import NIOCore
import TransportSecurity
import WireProtocol

/// What the peer of one connection may do, by the token it has shown. Asked before every call.
///
/// Where no token is asked for it costs a branch. Where one is, its role is looked up when it is shown, and again when
/// other tokens have come into force.
struct ConnectionAccess {
    private let register: AccessRegister
    private let refusals: RefusalLog?
    /// Whether a token is asked for.
    let asksForToken: Bool
    private var digest: TokenDigest?
    private var role: Role?
    private var version: Int?

    init(_ settings: RPCSettings) {
        register = settings.access
        refusals = settings.refusals
        asksForToken = settings.access.asksForToken
    }

    /// The peer shows a token, or none: what it has shown before no longer counts.
    mutating func show(_ token: String) {
        guard asksForToken else { return }
        digest = token.isEmpty ? nil : TokenDigest(of: token)
        version = nil
    }

    /// Why the peer may not make a call; nil where it may.
    ///
    /// - Parameter needed: the role that the call is for; nil for one that every token allows.
    mutating func refusal(for needed: Role?, peer: @autoclosure () -> SocketAddress?) -> WireError? {
        guard asksForToken else { return nil }
        let current = register.version
        if version != current {
            version = current
            role = digest.flatMap { register.role(of: $0) }
        }
        guard let role else {
            refusals?.note(digest == nil ? .tokenMissing : .tokenUnknown, peer: peer())
            return WireError(.unauthenticated, digest == nil ? "a token is needed" : "the token is not known")
        }
        guard let needed, !role.includes(needed) else { return nil }
        refusals?.note(.tokenRole, peer: peer())
        return WireError(.permissionDenied, "a token of the role \(role) does not allow this")
    }
}

extension FrameKind {
    /// The role that a call of this kind is for; nil for one that every token allows.
    var role: Role? {
        switch self {
        case .check, .checkMany, .settle, .renew, .report: .check
        case .hello, .ping, .goAway: nil
        }
    }
}
