package import ArgumentParser
import LimitPolicy

/// `headgate policy explain`: which rule a call falls under, which limits hold, and why.
package struct PolicyExplain: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show which rule and limits of a policy file a call falls under, and why.",
        discussion: """
            Nothing is asked of a daemon: counters and what operators set at run time are not in it.

            EXAMPLE
              headgate policy explain policy.yaml alice /v1/chat --attribute model=llama-3 --tier premium
            """
    )

    @Argument(help: "The policy file.")
    package var file: String

    @OptionGroup package var arguments: CheckArguments

    package init() {}

    package func run() async throws {
        let policy = try PolicySource(path: file).load()
        print(try policy.explain(try arguments.request()).description.printableLines)
    }
}
