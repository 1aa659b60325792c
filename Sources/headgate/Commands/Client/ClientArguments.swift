package import ArgumentParser
import Foundation
import HeadgateClient
import TransportSecurity

/// Which client, at which daemon, and who asks.
package struct ClientArguments: ParsableArguments {
    @Argument(help: "The client, sha256: and 64 digits, or - to read it from standard input.")
    package var client: String

    @OptionGroup package var daemon: HTTPOptions

    @OptionGroup package var security: SecurityOptions

    @Option(help: "Who decides this, for the log and for others. (default: USER)")
    package var by: String?

    @Flag(help: "Print the daemon's JSON as it is.")
    package var json = false

    @Option(help: "How long to wait for the answer.")
    package var timeout = Duration.seconds(5)

    package init() {}

    /// The client's own name, read from standard input where that is asked for.
    func resolvedClient() throws(CommandFailure) -> String {
        guard client == "-" else { return client }
        guard let line = readLine(), !line.isEmpty else { throw CommandFailure("standard input names no client") }
        return line
    }

    /// Posts a request about the client and returns the daemon's JSON.
    func post(_ action: String, _ client: String, _ fields: Fields = Fields()) async throws -> [UInt8] {
        var fields = fields
        fields.client = client
        fields.by = by ?? Environment.process["USER"]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let address = try ServerAddress(daemon.resolvedAddress(), defaultPort: ServerAddress.httpPort)
        let request = HTTPRequest(
            address: address,
            path: "/v1/admin/client/\(action)",
            token: try security.token(),
            tls: try security.client(ClientTLS.http),
            body: [UInt8](try encoder.encode(fields))
        )
        let answer = try await request.send(timeout: timeout)
        guard answer.status == 200 else {
            throw CommandFailure(ClientRecordText.problem(answer.body) ?? "\(address) answered with \(answer.status)")
        }
        return answer.body
    }

    /// Posts a change and prints how the client stands then.
    func change(_ action: String, _ fields: Fields = Fields()) async throws {
        let answer = try await post(action, try resolvedClient(), fields)
        print(json ? String(decoding: answer, as: UTF8.self) : try ClientRecordText(answer).text, terminator: "")
    }

    /// The body of a request; what is nil is left out.
    struct Fields: Encodable {
        var client = ""
        var message: String?
        var tier: String?
        var limit: String?
        var count: UInt64?
        var remove: Bool?
        var until: String?
        var by: String?
    }
}
