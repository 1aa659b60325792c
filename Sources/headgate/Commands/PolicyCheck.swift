package import ArgumentParser

/// `headgate policy check`: every problem of a policy file.
package struct PolicyCheck: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a policy file and list every problem with its place.",
        discussion: """
            A valid file is answered with one line and exit code 0. Else each problem is a line on standard error, \
            FILE:LINE:COLUMN: path: message, and the exit code is 2.

            EXAMPLE
              headgate policy check policy.yaml
            """
    )

    @Argument(help: "The policy file.")
    package var file: String

    package init() {}

    package func run() async throws {
        let policy = try PolicySource(path: file).load()
        print("\(file): ok, \(PolicySource.summary(policy))")
    }
}
