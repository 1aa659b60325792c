import ArgumentParser

/// `headgate client block`: every call of a client is forbidden.
struct ClientBlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Forbid every call of a client.",
        discussion: """
            EXAMPLE
              headgate client block crawler --message "Ask for a key" --until 2h
            """
    )

    @OptionGroup var target: ClientArguments

    @Option(help: "The words of the refusal.")
    var message: String?

    @Option(help: "When it ends: a duration such as 2h, or an RFC 3339 time. (default: not by itself)")
    var until: String?

    func run() async throws {
        try await target.change("block", ClientArguments.Fields(message: message, until: until))
    }
}

/// `headgate client unblock`: takes an operator's block back.
struct ClientUnblock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock",
        abstract: "Take an operator's block back; one of the policy stays.",
        discussion: """
            EXAMPLE
              headgate client unblock crawler
            """
    )

    @OptionGroup var target: ClientArguments

    func run() async throws { try await target.change("unblock") }
}
