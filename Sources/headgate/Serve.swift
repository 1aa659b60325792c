import ArgumentParser
import Foundation
import HeadgateDaemon
import LimitPolicy
import Logging

/// `headgate serve`: the daemon.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve decisions over RPC and HTTP.",
        discussion: """
            Every setting may also come from the environment (HEADGATE_MAX_KEYS for --max-keys) or from a settings \
            file of `name: value` lines; flags win over the environment, the environment over the file. \
            The policy file is read again when it changes and on SIGHUP; SIGTERM drains.

            EXAMPLE
              headgate serve --policy policy.yaml --listen 127.0.0.1:7420 --threads 2
              headgate serve --policy policy.yaml --store redis://127.0.0.1:6379 --secret-file secret
            """
    )

    @Option(
        help: ArgumentHelp(
            "Policy file, or store for the one that was pushed there. Without one every call is allowed.",
            valueName: "file"
        )
    )
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "Where counters live: memory, or redis://, rediss://, redis+unix://, redis+sentinel://, redis+cluster://.",
            valueName: "store"
        )
    )
    var store: String?

    @Option(help: ArgumentHelp("File with the deployment's secret, the same on every daemon.", valueName: "file"))
    var secretFile: String?

    @Option(help: ArgumentHelp("What the store's keys start with (default: hg).", valueName: "prefix"))
    var keyPrefix: String?

    @Option(help: ArgumentHelp("PEM file of whom to trust as the store.", valueName: "file"))
    var storeCaFile: String?

    @Option(help: ArgumentHelp("PEM file of this daemon's certificate for the store.", valueName: "file"))
    var storeCertificateFile: String?

    @Option(help: ArgumentHelp("PEM file of that certificate's key.", valueName: "file"))
    var storeKeyFile: String?

    @Option(help: ArgumentHelp("How the sentinels know this daemon, where they ask.", valueName: "name"))
    var storeSentinelUser: String?

    @Option(help: ArgumentHelp("File with the sentinels' password.", valueName: "file"))
    var storeSentinelPasswordFile: String?

    @Option(
        help: ArgumentHelp(
            "Folder for what must survive a restart: operators' decisions, the store's last policy.",
            valueName: "folder"
        )
    )
    var stateDir: String?

    @Option(help: ArgumentHelp("RPC address (default: 127.0.0.1:7420).", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("HTTP address (default: 127.0.0.1:7421).", valueName: "host:port"))
    var http: String?

    @Option(help: ArgumentHelp("Event loops (default: one a core).", valueName: "n"))
    var threads: String?

    @Option(help: ArgumentHelp("Counters kept in memory at most (default: 10000000).", valueName: "n"))
    var maxKeys: String?

    @Option(help: ArgumentHelp("How long a drain waits for calls in flight (default: 10s).", valueName: "seconds"))
    var drainTimeout: String?

    @Option(help: ArgumentHelp("PEM file of the certificate of both ports; turns TLS on.", valueName: "file"))
    var tlsCertificateFile: String?

    @Option(help: ArgumentHelp("PEM file of that certificate's key.", valueName: "file"))
    var tlsKeyFile: String?

    @Option(help: ArgumentHelp("PEM file of whose certificates clients must have.", valueName: "file"))
    var tlsClientCaFile: String?

    @Option(
        help: ArgumentHelp(
            "Of those clients, whom to let in: DNS names, *.example.org, URIs (default: all).",
            valueName: "names"
        )
    )
    var tlsClientNames: String?

    @Option(help: ArgumentHelp("File of `role token` lines; asks every caller for one.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "How long an RPC connection may be open before its peer must dial again (default: for ever).",
            valueName: "seconds"
        )
    )
    var maxConnectionAge: String?

    @Flag(help: "Listen on a public address without a token or TLS.")
    var insecure = false

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical (default: notice).",
            valueName: "level"
        )
    )
    var logLevel: String?

    @Option(help: ArgumentHelp("Settings file (default: the one HEADGATE_SETTINGS names, if any).", valueName: "file"))
    var settings: String?

    func run() async throws {
        do {
            let settings = try resolved()
            LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
            var logger = Logger(label: "headgate")
            logger.logLevel = Logger.Level(rawValue: settings.logLevel) ?? .notice
            try await Daemon(settings, logger: logger).run()
        } catch let error as SettingsError {
            throw CommandFailure(error.description, code: Self.badConfiguration)
        } catch let error as PolicyErrors {
            throw CommandFailure(lines: error.description, code: Self.badConfiguration)
        }
    }

    /// EX_CONFIG of sysexits.
    private static let badConfiguration: Int32 = 78

    private func resolved() throws -> DaemonSettings {
        let environment = ProcessInfo.processInfo.environment
        let file = try (settings ?? environment["HEADGATE_SETTINGS"]).map { try SettingsFile.read($0) }
        return try DaemonSettings(SettingSources(flags: flags, environment: environment, file: file))
    }

    private var flags: [String: String] {
        let given: [String: String?] = [
            "policy": policy, "store": store, "secret-file": secretFile, "key-prefix": keyPrefix,
            "store-ca-file": storeCaFile, "store-certificate-file": storeCertificateFile,
            "store-key-file": storeKeyFile, "store-sentinel-user": storeSentinelUser,
            "store-sentinel-password-file": storeSentinelPasswordFile, "state-dir": stateDir, "listen": listen,
            "http": http, "threads": threads,
            "tls-certificate-file": tlsCertificateFile, "tls-key-file": tlsKeyFile,
            "tls-client-ca-file": tlsClientCaFile, "tls-client-names": tlsClientNames, "token-file": tokenFile,
            "max-keys": maxKeys, "drain-timeout": drainTimeout, "max-connection-age": maxConnectionAge,
            "insecure": insecure ? "true" : nil,
            "log-level": logLevel,
        ]
        return given.compactMapValues { $0 }
    }
}
