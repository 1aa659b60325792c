package import ArgumentParser

/// `headgate policy`: what can be done with a policy file without a daemon, and putting it into force on all of them.
package struct PolicyGroup: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check, explain, test or simulate a policy file, make one, or push it to the store.",
        discussion: """
            EXAMPLE
              headgate policy check policy.yaml
            """,
        subcommands: [
            PolicyCheck.self, PolicyExplain.self, PolicyTest.self, PolicySimulate.self, PolicyImport.self,
            PolicyPushCommand.self,
        ]
    )

    package init() {}
}
