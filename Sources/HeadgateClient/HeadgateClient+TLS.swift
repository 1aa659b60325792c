import TransportSecurity

extension HeadgateClient {
    /// TLS with the daemons: version 1.2 or later, and their certificates must be for the addresses dialed.
    ///
    /// The files are PEM. Where they change, connections made from then on take them as they are.
    public struct TLS: Sendable, Hashable {
        /// Whose certificates daemons must have; nil: of those whom the system trusts.
        public var authorityFile: String?
        /// The client's own certificate, where the daemon asks for one, with those that lead to its authority.
        public var certificateFile: String?
        /// The key of the client's own certificate.
        public var keyFile: String?

        /// TLS that trusts whom the file names, else whom the system trusts.
        public init(authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
            self.authorityFile = authorityFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }

        func loaded() throws(HeadgateError) -> ClientTLS {
            let files = ClientTLS.Files(
                authority: authorityFile.map { PEMFile(path: $0, origin: "tls.authorityFile") },
                certificate: certificateFile.map { PEMFile(path: $0, origin: "tls.certificateFile") },
                key: keyFile.map { PEMFile(path: $0, origin: "tls.keyFile") }
            )
            do throws(TLSProblem) {
                return try ClientTLS(files, protocols: ClientTLS.compact)
            } catch {
                throw HeadgateError(code: .invalidConfiguration, message: error.description)
            }
        }
    }
}
