package import ArgumentParser
import LimitCore

/// `headgate check`: asks a daemon about one call, and charges it.
package struct Check: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Ask whether a client may call a route now, and charge the call.",
        discussion: """
            Exit codes: 0 allowed, 1 limited, 3 forbidden, 2 every error, an outage included. What a limit on \
            concurrency or tokens holds for the call is settled at once, or after --hold.

            EXAMPLE
              headgate check alice /v1/chat --usage tokens=812 --attribute model=llama-3 --limit 10/minute
            """
    )

    @OptionGroup package var arguments: CheckArguments

    @Flag(help: "Answer without charging anything.")
    package var peek = false

    @Flag(help: "Print the answer as JSON.")
    package var json = false

    @Option(help: "How long to keep the call's slots: 5s. They are renewed meanwhile.")
    package var hold = Duration.zero

    @Option(help: "How long to wait for the answer.")
    package var timeout = Duration.seconds(1)

    @OptionGroup package var daemon: DaemonOptions

    @OptionGroup package var security: SecurityOptions

    package init() {}

    package func run() async throws {
        var request = try arguments.request()
        request.peek = peek
        let answer = try await daemon.ask(request, timeout: timeout, security: security, hold: hold)
        print(json ? answer.json : answer.text, terminator: "")
        if let code = answer.exitCode { throw ExitCode(code) }
    }
}
