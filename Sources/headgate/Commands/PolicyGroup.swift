package import ArgumentParser

/// `headgate policy`: what can be known of a policy file without a daemon.
package struct PolicyGroup: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check a policy file, or explain what it says about a call.",
        discussion: """
            EXAMPLE
              headgate policy check policy.yaml
            """,
        subcommands: [PolicyCheck.self, PolicyExplain.self]
    )

    package init() {}
}
