import ArgumentParser
import LimitCore

/// `headgate client show`: what operators have decided about a client, and how its limits stand.
struct ClientShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a client's tier and what operators have decided about it; with a route, its limits too.",
        discussion: """
            EXAMPLE
              headgate client show alice /predict
            """
    )

    @OptionGroup var target: ClientArguments

    @Argument(help: "Show every limit on this route too, without charging anything.")
    var route: String?

    @OptionGroup var rpc: DaemonOptions

    func run() async throws {
        let client = try target.resolvedClient()
        let record = try await target.post("show", client)
        guard let route else {
            print(target.json ? String(decoding: record, as: UTF8.self) : try text(record), terminator: "")
            return
        }
        if client.hasPrefix("sha256:") {
            throw CommandFailure("limits can be shown for a client that is named itself, not by its digest")
        }
        var request = CheckRequest(client: client, route: route)
        request.peek = true
        request.allLimits = true
        let answer = try await rpc.ask(request, timeout: target.timeout, security: target.security)
        if target.json {
            let (standing, check) = (String(decoding: record, as: UTF8.self).dropLast(), answer.json.dropLast())
            print(#"{"standing":\#(standing),"check":\#(check)}"#)
        } else {
            print(try text(record) + answer.table, terminator: "")
        }
    }

    private func text(_ record: [UInt8]) throws(CommandFailure) -> String { try ClientRecordText(record).text }
}
