package import ArgumentParser

/// Which daemon's HTTP port a command asks.
package struct HTTPOptions: ParsableArguments {
    @Option(help: "The daemon's HTTP address. (default: HEADGATE_HTTP, else 127.0.0.1:7421)")
    package var http: String?

    package init() {}

    /// The flag, else the environment, else loopback.
    package func resolvedAddress(_ environment: Environment = .process) -> String {
        http ?? environment["HEADGATE_HTTP"] ?? "127.0.0.1:7421"
    }
}
