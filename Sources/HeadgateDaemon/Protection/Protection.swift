import DecisionService
import Logging
import ServiceLifecycle
import TransportSecurity

/// What protects the ports while the daemon runs, and who keeps it up to date with its files.
struct Protection: Sendable {
    let tls: ServerTLS?
    let access: AccessRegister
    let refusals: RefusalLog
    private let tokens: TokenFile?
    private let logger: Logger

    /// Throws where a file cannot be used.
    init(_ settings: ProtectionSettings, logger: Logger) throws(SettingsError) {
        self.logger = logger
        tokens = settings.tokens
        refusals = RefusalLog(logger: logger)
        do throws(TLSProblem) {
            let refusals = refusals
            tls = try settings.tls.map { files throws(TLSProblem) in try ServerTLS(files, refusals: refusals) }
        } catch {
            throw SettingsError(error.description)
        }
        access = AccessRegister(try settings.tokens.map { file throws(SettingsError) in try file.load() })
    }

    /// Each takes its files anew when they change, and on SIGHUP.
    var watches: [any Service] {
        var watches: [any Service] = []
        if let tls { watches.append(FileWatch(paths: tls.files.paths) { reloadTLS(tls, because: $0) }) }
        if let tokens { watches.append(FileWatch(paths: [tokens.path]) { reloadTokens(tokens, because: $0) }) }
        return watches
    }

    private func reloadTLS(_ tls: ServerTLS, because reason: String) {
        do throws(TLSProblem) {
            try tls.reload()
            logger.notice("certificate loaded", metadata: ["tls.reason": "\(reason)"])
        } catch {
            logger.warning("certificate refused, the one in force stays", metadata: ["tls.problem": "\(error)"])
        }
    }

    private func reloadTokens(_ file: TokenFile, because reason: String) {
        do throws(SettingsError) {
            let tokens = try file.load()
            access.replace(with: tokens)
            logger.notice(
                "tokens loaded",
                metadata: ["access.tokens": "\(tokens.count)", "access.reason": "\(reason)"]
            )
        } catch {
            logger.warning("tokens refused, those in force stay", metadata: ["access.problem": "\(error)"])
        }
    }
}
