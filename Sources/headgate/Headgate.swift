package import ArgumentParser

/// The command's root: everything an operator or a shell script does with Headgate.
@main
package struct Headgate: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "headgate",
        abstract: "Ask, watch and measure a rate-limit decision daemon.",
        discussion: """
            EXAMPLE
              headgate check alice /predict --limit 10/minute

            Exit codes: 0 for success; of check, 0 allowed, 1 limited, 3 forbidden; 2 for every error.
            """,
        subcommands: [
            Serve.self, Check.self, Inspect.self, Status.self, PolicyGroup.self, ClientGroup.self, Bench.self,
        ]
    )

    package init() {}

    package static func main() async {
        await CommandRunner.run(Array(CommandLine.arguments.dropFirst())).exit()
    }
}
