import NIOCore
import NIOSSL

/// The daemon's identity and whom it asks to prove theirs, as files that may change while it runs.
package struct TLSFiles: Sendable {
    /// The certificate and those that lead to its authority, the daemon's own first.
    package var certificate: PEMFile
    package var key: PEMFile
    /// Whose certificates clients must have; nil asks for none.
    package var clientAuthority: PEMFile?
    /// Of those, whom to let in; empty lets all in.
    package var clientNames: [PeerName]

    package init(
        certificate: PEMFile,
        key: PEMFile,
        clientAuthority: PEMFile? = nil,
        clientNames: [PeerName] = []
    ) {
        self.certificate = certificate
        self.key = key
        self.clientAuthority = clientAuthority
        self.clientNames = clientNames
    }

    /// Every file there is, to be watched.
    package var paths: [String] {
        [certificate.path, key.path] + (clientAuthority.map { [$0.path] } ?? [])
    }

    /// Reads the files as they are now.
    func configuration() throws(TLSProblem) -> TLSConfiguration {
        let chain = try certificate.certificates()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try key.privateKey())
        )
        configuration.minimumTLSVersion = .tlsv12
        // The peer's farewell is waited for no longer.
        configuration.shutdownTimeout = .seconds(1)
        if let clientAuthority {
            configuration.trustRoots = .certificates(try clientAuthority.certificates())
            // Of a client the chain is verified; its names are compared with our list, not with where it calls from.
            configuration.certificateVerification = .noHostnameVerification
            configuration.sendCANameList = true
        }
        return configuration
    }
}
