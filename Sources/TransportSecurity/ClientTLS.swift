package import NIOCore
import NIOSSL
import Synchronization

/// TLS of one who calls a daemon. Its files are taken anew, where they have changed, for each connection.
package final class ClientTLS: Sendable {
    package struct Files: Sendable {
        /// Whom to trust; nil trusts whom the system trusts.
        package var authority: PEMFile?
        /// One's own certificate, where the daemon asks for one, with those that lead to its authority.
        package var certificate: PEMFile?
        package var key: PEMFile?

        package init(authority: PEMFile? = nil, certificate: PEMFile? = nil, key: PEMFile? = nil) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }

        fileprivate var stamps: [FileStamp?] {
            [authority, certificate, key].map { file in file.flatMap { FileStamp(path: $0.path) } }
        }
    }

    private struct Loaded {
        var context: NIOSSLContext
        var stamps: [FileStamp?]
    }

    private let files: Files
    private let protocols: [String]
    private let loaded: Mutex<Loaded>

    /// What a client of the RPC port offers to speak.
    package static let compact = ["headgate/1"]
    /// What a client of the HTTP port offers to speak.
    package static let http = ["http/1.1"]

    /// Throws where the files cannot be used.
    package init(_ files: Files, protocols: [String]) throws(TLSProblem) {
        self.files = files
        self.protocols = protocols
        loaded = Mutex(Loaded(context: try Self.context(files, protocols), stamps: files.stamps))
    }

    /// Has a connected channel speak TLS. To be called on its loop, before other handlers are added.
    ///
    /// - Parameter host: the name or address that was dialed, which the daemon's certificate must have.
    package func secure(_ channel: any Channel, host: String) throws {
        let isNumeric = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        let handler = try NIOSSLClientHandler(context: current(), serverHostname: isNumeric ? nil : host)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Files that have changed and cannot be used leave what there is.
    private func current() -> NIOSSLContext {
        loaded.withLock { loaded in
            let stamps = files.stamps
            if stamps != loaded.stamps, let context = try? Self.context(files, protocols) {
                loaded = Loaded(context: context, stamps: stamps)
            }
            return loaded.context
        }
    }

    private static func context(_ files: Files, _ protocols: [String]) throws(TLSProblem) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = protocols
        configuration.shutdownTimeout = .seconds(1)
        if let authority = files.authority { configuration.trustRoots = .certificates(try authority.certificates()) }
        switch (files.certificate, files.key) {
        case (nil, nil): break
        case (let certificate?, let key?):
            configuration.certificateChain = try certificate.certificates().map { .certificate($0) }
            configuration.privateKey = .privateKey(try key.privateKey())
        case (let certificate?, nil): throw certificate.problem("needs a key")
        case (nil, let key?): throw key.problem("needs a certificate")
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            guard let key = files.key, let certificate = files.certificate else {
                throw TLSProblem("TLS cannot be set up: \(error)")
            }
            throw key.problem("does not belong to the certificate in \(certificate.path)")
        }
    }
}
