/// What `headgate serve` is told: resolved from flags, environment and file, and checked.
package struct DaemonSettings: Sendable {
    /// The names of all settings, as flags have them.
    package static let names: Set<String> = StoreSetting.names.union(ProtectionSettings.names).union([
        "policy", "state-dir", "listen", "http", "threads", "max-keys", "drain-timeout", "max-connection-age",
        "insecure", "log-level",
    ])

    /// The policy file, or `store` for the one that was pushed there; without one every call is allowed.
    package var policy: String?
    /// Where what operators have decided, and the last good policy of the store, are kept; nil keeps none.
    package var stateDirectory: String?
    package var store = StoreSetting.memory
    /// Nil: one is made, in this process or in the shared store.
    package var secret: DeploymentSecret?
    package var listen = ListenAddress(host: "127.0.0.1", port: 7420)
    package var http = ListenAddress(host: "127.0.0.1", port: 7421)
    /// Event loops; nil for one a core.
    package var threads: Int?
    /// Counters that memory holds at most.
    package var maxKeys = 10_000_000
    /// How long calls in flight are waited for at the end, in seconds.
    package var drainSeconds: Int64 = 10
    /// What is asked of those who call.
    package var protection = ProtectionSettings()
    /// How long an RPC connection may be open, in seconds; nil for ever.
    package var maxConnectionSeconds: Int64?
    /// Listen on a public address without a token or TLS.
    package var isInsecure = false
    package var logLevel = "notice"

    package init() {}

    package init(_ sources: SettingSources) throws(SettingsError) {
        policy = sources.find("policy")?.text
        stateDirectory = sources.find("state-dir")?.text
        secret = try DeploymentSecret(sources)
        store = try StoreSetting(sources, secret: secret)
        if policy == "store", case .memory = store {
            throw SettingsError("--policy: \"store\" needs a shared store; --store names one")
        }
        listen = try Self.address("listen", sources) ?? listen
        http = try Self.address("http", sources) ?? http
        threads = try sources.integer("threads", 1...1024)
        maxKeys = try sources.integer("max-keys", 1...4_000_000_000) ?? maxKeys
        drainSeconds = try Self.seconds("drain-timeout", 0...3600, sources) ?? drainSeconds
        maxConnectionSeconds = try Self.seconds("max-connection-age", 1...86_400, sources)
        isInsecure = try sources.flag("insecure") ?? false
        logLevel = try Self.level(sources) ?? logLevel
        protection = try ProtectionSettings(sources)
        try refuseUnprotected()
    }

    private static func address(_ name: String, _ sources: SettingSources) throws(SettingsError) -> ListenAddress? {
        guard let found = sources.find(name) else { return nil }
        guard let address = ListenAddress(found.text) else { throw found.problem("is no HOST:PORT") }
        return address
    }

    private static func seconds(
        _ name: String,
        _ range: ClosedRange<Int64>,
        _ sources: SettingSources
    ) throws(SettingsError) -> Int64? {
        guard let found = sources.find(name) else { return nil }
        let digits = found.text.hasSuffix("s") ? found.text.dropLast() : found.text[...]
        guard let seconds = Int64(digits), range.contains(seconds) else {
            throw found.problem("is no time from \(range.lowerBound)s to \(range.upperBound)s")
        }
        return seconds
    }

    private static func level(_ sources: SettingSources) throws(SettingsError) -> String? {
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        guard let found = sources.find("log-level") else { return nil }
        guard levels.contains(found.text) else { throw found.problem("is none of \(levels.joined(separator: ", "))") }
        return found.text
    }

    /// A port that others can reach needs protection, or the word that it is meant so.
    private func refuseUnprotected() throws(SettingsError) {
        if protection.tls != nil || protection.tokens != nil { return }
        for (name, address) in [("listen", listen), ("http", http)] where !address.isLoopback && !isInsecure {
            throw SettingsError(
                "--\(name): \(address) can be reached from outside and asks for neither token nor TLS; "
                    + "--token-file or --tls-certificate-file protects it, --insecure serves it all the same"
            )
        }
    }
}
