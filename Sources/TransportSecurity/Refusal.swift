/// Why a peer was not let in.
package enum Refusal: Sendable, Hashable, CaseIterable {
    case certificateMissing, certificateExpired, certificateNotYetValid, certificateUntrusted, certificateName
    case handshakeTooSlow, oldVersion, handshakeFailed
    case tokenMissing, tokenUnknown, tokenRole

    /// The same words for every refusal of a kind: a log's message.
    var message: String {
        switch self {
        case .certificateMissing, .certificateExpired, .certificateNotYetValid, .certificateUntrusted,
            .certificateName:
            "client certificate refused"
        case .handshakeTooSlow, .oldVersion, .handshakeFailed: "TLS handshake failed"
        case .tokenMissing, .tokenUnknown, .tokenRole: "token refused"
        }
    }

    /// The reason, for an operator.
    package var reason: String {
        switch self {
        case .certificateMissing: "the client has none"
        case .certificateExpired: "it has expired"
        case .certificateNotYetValid: "it is not valid yet"
        case .certificateUntrusted: "no authority of --tls-client-ca-file has issued it, or not for clients"
        case .certificateName: "none of its names is in --tls-client-names"
        case .handshakeTooSlow: "it was not over in time"
        case .oldVersion: "the client speaks no version from 1.2 on"
        case .handshakeFailed: "the client ended it, or does not speak TLS"
        case .tokenMissing: "the call has none"
        case .tokenUnknown: "it is not in --token-file"
        case .tokenRole: "its role does not allow the call"
        }
    }

    /// Whether an operator wants to know: everyone can open a connection and say nothing.
    var isNoteworthy: Bool {
        switch self {
        case .handshakeTooSlow, .handshakeFailed: false
        default: true
        }
    }
}
