import ArgumentParser

/// `headgate client override`: a limit has another number for a client.
struct ClientOverride: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "override",
        abstract: "Give a client a number of its own for a limit of the policy.",
        discussion: """
            The limit is named as in answers: <rule>/<limit>. A burst goes along in proportion.

            EXAMPLE
              headgate client override alice predict/requests-per-1minute 100 --until 2h
              headgate client override alice predict/requests-per-1minute --remove
            """
    )

    @OptionGroup var target: ClientArguments

    @Argument(help: "The limit: <rule>/<limit>.")
    var limit: String

    @Argument(help: "The number in place of the limit's own; 0 refuses every call that costs anything.")
    var count: UInt64?

    @Option(help: "When it ends: a duration such as 2h, or an RFC 3339 time. (default: not by itself)")
    var until: String?

    @Flag(help: "Take the number back.")
    var remove = false

    func validate() throws {
        if remove == (count != nil) { throw ValidationError("give a number, or --remove") }
    }

    func run() async throws {
        let fields = ClientArguments.Fields(limit: limit, count: count, remove: remove ? true : nil, until: until)
        try await target.change("override", fields)
    }
}
