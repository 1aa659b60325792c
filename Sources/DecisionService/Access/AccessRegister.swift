import Synchronization

/// Who may do what: the tokens in force, or none, and then everyone may ask.
package final class AccessRegister: Sendable {
    /// The answer to one who asks to be let in.
    package enum Answer: Sendable, Equatable {
        case permitted
        /// There is no token, or it is none of those in force: UNAUTHENTICATED, 401.
        case unauthenticated
        /// It is known who asks, and that this is not for them: PERMISSION_DENIED, 403.
        case denied
    }

    private let tokens: Mutex<TokenSet?>
    private let counter = Atomic<Int>(0)
    /// Whether a token is asked for. It stays as it is while the daemon runs.
    package let asksForToken: Bool

    /// - Parameter tokens: nil asks for none.
    package init(_ tokens: TokenSet? = nil) {
        asksForToken = tokens != nil
        self.tokens = Mutex(tokens)
    }

    /// Grows by one with each set of tokens: an answer holds for as long as this stays.
    package var version: Int { counter.load(ordering: .acquiring) }

    /// Puts other tokens into force. Only where tokens were asked for before.
    package func replace(with tokens: TokenSet) {
        guard asksForToken else { return }
        self.tokens.withLock { $0 = tokens }
        counter.add(1, ordering: .releasing)
    }

    /// The role of a token; nil where it is none of those in force.
    package func role(of digest: TokenDigest) -> Role? { tokens.withLock { $0 }?.role(of: digest) }

    /// Whether one with this token may do what the role is for.
    ///
    /// - Parameter isLocalPeer: asked by this machine. Where no tokens are in force, such peers may administrate, and
    ///   others may not.
    package func permits(_ token: String?, _ role: Role, isLocalPeer: Bool = false) -> Answer {
        guard asksForToken else { return role != .admin || isLocalPeer ? .permitted : .denied }
        guard let token, let own = self.role(of: TokenDigest(of: token)) else { return .unauthenticated }
        return own.includes(role) ? .permitted : .denied
    }
}
