package import ArgumentParser
import HeadgateClient
import TransportSecurity

/// `headgate status`: what a daemon knows about itself.
package struct Status: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Show a daemon's policy, store, totals and busiest clients.",
        discussion: """
            EXAMPLE
              headgate status --http 127.0.0.1:7421
            """
    )

    @OptionGroup package var daemon: HTTPOptions

    @OptionGroup package var security: SecurityOptions

    @Flag(help: "Print the daemon's JSON as it is.")
    package var json = false

    @Option(help: "How long to wait for the answer.")
    package var timeout = Duration.seconds(2)

    package init() {}

    package func run() async throws {
        let address = try ServerAddress(daemon.resolvedAddress(), defaultPort: ServerAddress.httpPort)
        let request = HTTPRequest(
            address: address,
            path: "/status",
            token: try security.token(),
            tls: try security.client(ClientTLS.http)
        )
        let answer = try await request.send(timeout: timeout)
        guard answer.status == 200 else {
            let hint = answer.status == 401 || answer.status == 403 ? ": it takes a token of the role read" : ""
            throw CommandFailure("\(address) answered GET /status with \(answer.status)\(hint)")
        }
        if json {
            print(String(decoding: answer.body, as: UTF8.self))
        } else {
            print(try StatusSummary(answer.body).text, terminator: "")
        }
    }
}
