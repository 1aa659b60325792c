import ArgumentParser

/// `headgate client reset`: a client's counters start anew.
struct ClientReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Have all counters of a client start anew.",
        discussion: """
            EXAMPLE
              headgate client reset alice
            """
    )

    @OptionGroup var target: ClientArguments

    func run() async throws { try await target.change("reset") }
}
