import DecisionService
import Foundation
package import TransportSecurity

/// How the daemon's ports are protected: TLS, whose certificates are asked for, and tokens.
package struct ProtectionSettings: Sendable {
    static let names: Set<String> = [
        "tls-certificate-file", "tls-key-file", "tls-client-ca-file", "tls-client-names", "token-file",
    ]

    /// nil where the ports speak no TLS.
    package var tls: TLSFiles?
    /// nil where no token is asked for.
    package var tokens: TokenFile?

    package init() {}

    init(_ sources: SettingSources) throws(SettingsError) {
        tls = try Self.tls(sources)
        tokens = sources.find("token-file").map { TokenFile(path: $0.text, origin: $0.origin) }
    }

    /// What protects only half of a port that others can reach; nil where nothing is left open.
    package var gap: String? {
        switch (tls, tokens) {
        case (let tls?, nil) where tls.clientAuthority == nil:
            "everyone who can reach the ports may ask: neither --token-file nor --tls-client-ca-file is set"
        case (nil, _?): "tokens and client ids travel in clear: --tls-certificate-file is not set"
        default: nil
        }
    }

    private static func tls(_ sources: SettingSources) throws(SettingsError) -> TLSFiles? {
        let authority = sources.find("tls-client-ca-file")
        let names = sources.find("tls-client-names")
        guard let certificate = sources.find("tls-certificate-file") else {
            for found in [sources.find("tls-key-file"), authority, names] {
                if let found { throw SettingsError("\(found.origin): does nothing without --tls-certificate-file") }
            }
            return nil
        }
        guard let key = sources.find("tls-key-file") else {
            throw SettingsError("\(certificate.origin): needs the certificate's key in --tls-key-file")
        }
        if let names, authority == nil {
            throw SettingsError("\(names.origin): does nothing without --tls-client-ca-file")
        }
        return TLSFiles(
            certificate: PEMFile(path: certificate.text, origin: certificate.origin),
            key: PEMFile(path: key.text, origin: key.origin),
            clientAuthority: authority.map { PEMFile(path: $0.text, origin: $0.origin) },
            clientNames: try names.map { found throws(SettingsError) in try peers(found) } ?? []
        )
    }

    private static func peers(_ found: SettingSources.Found) throws(SettingsError) -> [PeerName] {
        switch [PeerName].list(found.text) {
        case .success(let names): return names
        case .failure(let problem):
            throw SettingsError(
                "\(found.origin): \"\(problem.text)\" is neither a DNS name, also as *.example.org, nor a URI"
            )
        }
    }
}
