/// Daemons on one Redis, all of one test.
final class Fleet: Sendable {
    let scratch: Scratch
    let redis: RedisProcess
    let daemons: [DaemonProcess]

    /// The deployment's secret; nothing may ever show it.
    static let secret = "deployment-secret-4b1f6e0c9d"

    struct Settings {
        var daemons = 2
        /// The text of a policy file; nil for the one in the store.
        var policy: String?
        var password: String?
        /// Without one of their own the daemons share the one in the store.
        var hasSecretFile = true
        var arguments: [String] = []
    }

    init(_ settings: Settings) async throws {
        scratch = try Scratch()
        redis = try await RedisProcess(in: try scratch.child("redis"), password: settings.password)
        try scratch.write(Self.secret + "\n", to: "secret")
        if let policy = settings.policy { try scratch.write(policy, to: "policy.yaml") }
        var daemons: [DaemonProcess] = []
        for index in 0..<settings.daemons {
            daemons.append(try await Self.start("daemon-\(index)", settings, scratch, redis))
        }
        self.daemons = daemons
        for daemon in daemons { try await daemon.knows(peers: daemons.count) }
    }

    /// Where the daemons' store is.
    static func store(_ redis: RedisProcess, password: String?) -> String {
        "redis://\(password.map { ":\($0)@" } ?? "")127.0.0.1:\(redis.port)"
    }

    static func start(
        _ name: String,
        _ settings: Settings,
        _ scratch: Scratch,
        _ redis: RedisProcess
    ) async throws -> DaemonProcess {
        let policy = settings.policy == nil ? "store" : scratch.file("policy.yaml")
        return try await DaemonProcess(
            ["--policy", policy] + (settings.hasSecretFile ? ["--secret-file", scratch.file("secret")] : [])
                + settings.arguments,
            environment: ["HEADGATE_STORE": store(redis, password: settings.password)],
            in: try scratch.child(name)
        )
    }

    /// Runs the built command with these arguments, against this store.
    func command(_ arguments: [String], password: String? = nil) throws -> Child {
        let directory = try scratch.child("command-\(UInt32.random(in: 0 ... .max))")
        let environment = ["HEADGATE_STORE": Self.store(redis, password: password)]
        return try Child(DaemonProcess.executable, arguments, environment: environment, directory: directory)
    }
}
