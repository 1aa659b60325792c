import NIOSSL

/// Why TLS with a daemon did not come about, in words for an operator.
package enum HandshakeProblem {
    /// nil where the error is none of TLS.
    package static func text(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let cause): text(of: "\(cause)")
        case let cause as BoringSSLError: text(of: "\(cause)")
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "its certificate is for another name"
        case is NIOSSLError, is NIOSSLExtraError: "TLS failed: \(error)"
        default: nil
        }
    }

    private static func text(of cause: String) -> String {
        if cause.contains("CERTIFICATE_VERIFY_FAILED") { return "its certificate is not trusted" }
        if cause.contains("WRONG_VERSION_NUMBER") || cause.contains("EOF during handshake") {
            return "it does not speak TLS"
        }
        // The library names an alert of the peer `TLSV13_ALERT_CERTIFICATE_REQUIRED`.
        guard let alert = cause.firstRange(of: "_ALERT_") else { return "TLS failed: \(cause)" }
        let name = cause[alert.upperBound...].prefix { $0 == "_" || $0.isUppercase }
        return "it refused the connection: " + name.split(separator: "_").joined(separator: " ").lowercased()
    }
}
