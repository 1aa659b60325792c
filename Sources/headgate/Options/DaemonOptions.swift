package import ArgumentParser

/// Which daemon a command asks.
package struct DaemonOptions: ParsableArguments {
    @Option(help: "The daemon's RPC address. (default: HEADGATE_ADDRESS, else 127.0.0.1:7420)")
    package var address: String?

    package init() {}

    /// The flag, else the environment, else loopback.
    package func resolvedAddress(_ environment: Environment = .process) -> String {
        address ?? environment["HEADGATE_ADDRESS"] ?? "127.0.0.1:7420"
    }
}
