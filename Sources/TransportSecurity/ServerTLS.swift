package import NIOCore
import NIOSSL
import Synchronization

/// TLS of the daemon's ports: one identity for both, taken anew for each connection, so that changed files count from
/// the next connection on.
package final class ServerTLS: Sendable {
    /// Which port a connection came to: what is offered to be spoken there.
    package enum Port: Sendable {
        case rpc, http

        fileprivate var protocols: [String] {
            switch self {
            case .rpc: ["h2", "headgate/1"]
            case .http: ["http/1.1"]
            }
        }
    }

    private struct Contexts {
        let rpc: NIOSSLContext
        let http: NIOSSLContext
    }

    package let files: TLSFiles
    private let contexts: Mutex<Contexts>
    private let refusals: RefusalLog

    /// Throws where the files cannot be used.
    package init(_ files: TLSFiles, refusals: RefusalLog) throws(TLSProblem) {
        self.files = files
        self.refusals = refusals
        contexts = Mutex(try Self.load(files))
    }

    /// Reads the files again. What is open stays as it is; files that cannot be used change nothing.
    package func reload() throws(TLSProblem) {
        let loaded = try Self.load(files)
        contexts.withLock { $0 = loaded }
    }

    /// Has a new connection speak TLS. To be called on its loop, before any other handler is added.
    ///
    /// - Parameter timeout: from now to the end of the handshake.
    package func secure(_ channel: any Channel, port: Port, timeout: TimeAmount) throws {
        let context = contexts.withLock { port == .rpc ? $0.rpc : $0.http }
        let tls = NIOSSLServerHandler(context: context)
        let guardian = PeerGuard(
            tls: tls,
            asksForCertificate: files.clientAuthority != nil,
            names: files.clientNames,
            timeout: timeout,
            refusals: refusals
        )
        try channel.pipeline.syncOperations.addHandlers(tls, guardian)
    }

    private static func load(_ files: TLSFiles) throws(TLSProblem) -> Contexts {
        let configuration = try files.configuration()
        return Contexts(rpc: try context(configuration, .rpc, files), http: try context(configuration, .http, files))
    }

    private static func context(
        _ configuration: TLSConfiguration,
        _ port: Port,
        _ files: TLSFiles
    ) throws(TLSProblem) -> NIOSSLContext {
        var configuration = configuration
        configuration.applicationProtocols = port.protocols
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw files.key.problem("does not belong to the certificate in \(files.certificate.path)")
        }
    }
}
