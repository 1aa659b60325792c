import NIOSSL

extension PEMFile {
    /// At least one certificate.
    func certificates() throws(TLSProblem) -> [NIOSSLCertificate] {
        let content = try content()
        let found = try? NIOSSLCertificate.fromPEMBytes(content)
        guard let found, !found.isEmpty else { throw problem("holds no certificate in PEM form") }
        return found
    }

    func privateKey() throws(TLSProblem) -> NIOSSLPrivateKey {
        let content = try content()
        do {
            // An encrypted key gets an empty passphrase, which none has: the library would ask on the terminal.
            return try NIOSSLPrivateKey(bytes: content, format: .pem) { setter in setter([UInt8]()) }
        } catch {
            throw problem("holds no private key in PEM form that can be used without a passphrase")
        }
    }
}
