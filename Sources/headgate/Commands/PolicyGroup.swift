package import ArgumentParser

/// `headgate policy`: check a policy file, explain it, put it into force on all daemons.
package struct PolicyGroup: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check a policy file, explain what it says about a call, or push it to the store.",
        discussion: """
            EXAMPLE
              headgate policy check policy.yaml
            """,
        subcommands: [PolicyCheck.self, PolicyExplain.self, PolicyPushCommand.self]
    )

    package init() {}
}
