package import ArgumentParser

/// `headgate client`: what operators do about one client while the daemons run.
package struct ClientGroup: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Show, reset, block, unblock a client, give it a tier or another number for a limit.",
        discussion: """
            What is decided acts on every daemon of the store within two seconds, before the policy, and survives \
            restarts. A client is its id, sha256: and the 64 digits of its SHA-256, or - to read the id from standard \
            input, so that it is in no list of processes. A token, where the daemon asks for one, is taken from \
            HEADGATE_TOKEN.

            EXAMPLE
              headgate client block crawler --message "Ask for a key" --until 2h
            """,
        subcommands: [
            ClientShow.self, ClientReset.self, ClientBlock.self, ClientUnblock.self, ClientTier.self,
            ClientOverride.self,
        ]
    )

    package init() {}
}
