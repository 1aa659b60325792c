import ArgumentParser

/// `headgate client tier`: a client has this tier, whatever its calls and the policy say.
struct ClientTier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tier",
        abstract: "Give a client a tier of the policy, before what its calls and the policy say.",
        discussion: """
            EXAMPLE
              headgate client tier alice premium --until 2027-12-31T12:00:00Z
              headgate client tier alice --remove
            """
    )

    @OptionGroup var target: ClientArguments

    @Argument(help: "A tier of the policy.")
    var tier: String?

    @Option(help: "When it ends: a duration such as 2h, or an RFC 3339 time. (default: not by itself)")
    var until: String?

    @Flag(help: "Take the assignment back.")
    var remove = false

    func validate() throws {
        if remove == (tier != nil) { throw ValidationError("give a tier, or --remove") }
    }

    func run() async throws {
        let fields = ClientArguments.Fields(tier: tier, remove: remove ? true : nil, until: until)
        try await target.change("tier", fields)
    }
}
