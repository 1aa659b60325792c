package import ArgumentParser
import LimitCore

/// `headgate inspect`: how every limit of a client stands, without charging anything.
package struct Inspect: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Show how every limit of a client stands on a route, without charging anything.",
        discussion: """
            EXAMPLE
              headgate inspect alice /v1/chat --attribute model=llama-3
            """
    )

    @OptionGroup package var arguments: CheckArguments

    @Flag(help: "Print the answer as JSON.")
    package var json = false

    @Option(help: "How long to wait for the answer.")
    package var timeout = Duration.seconds(1)

    @OptionGroup package var daemon: DaemonOptions

    @OptionGroup package var security: SecurityOptions

    package init() {}

    package func run() async throws {
        var request = try arguments.request()
        request.peek = true
        request.allLimits = true
        let answer = try await daemon.ask(request, timeout: timeout, security: security)
        print(json ? answer.json : answer.table, terminator: "")
    }
}
