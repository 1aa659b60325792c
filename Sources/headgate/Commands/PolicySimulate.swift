package import ArgumentParser
import LimitPolicy
import PolicyTrials

/// `headgate policy simulate`: what a policy would have done to the calls of a log.
package struct PolicySimulate: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Replay a log of calls against a policy: who would have been refused, where and when?",
        discussion: """
            The log is CSV with a header, or a JSON object a line: time (RFC 3339, or Unix time in seconds, \
            milliseconds or microseconds), client, route, and if there tier, usage.<unit> (or tokens) and \
            attributes.<key>; in JSON also the objects usage and attributes. Other columns are passed over and named. \
            The lines should be in the order of time. Nothing is asked of a daemon, and counters start empty.

            The report shows clients in clear, for it is your own log; --hash-clients shows them as the daemon does.

            EXAMPLE
              headgate policy simulate policy.yaml calls.csv --against stricter.yaml
            """
    )

    @Argument(help: "The policy file.")
    package var file: String

    @Argument(help: "The log; - is standard input.")
    package var log: String

    @Option(help: ArgumentHelp("Another policy, to be shown beside the first.", valueName: "file"))
    package var against: String?

    @Option(help: "What to tell refusals apart by: client, route, hour, joined by commas. (default: all three)")
    package var by: String?

    @Option(help: "How many limits, clients and routes to show.")
    package var top = 10

    @Option(
        name: .customLong("column"),
        help: "What the log calls a part of a call: client=api_key, attributes.model=llm. May be given again."
    )
    package var columns: [String] = []

    @Flag(help: "Count lines that are no call instead of ending at the first.")
    package var skipBadLines = false

    @Flag(help: "Show clients by the start of their SHA-256.")
    package var hashClients = false

    @Flag(help: "Print the report as JSON.")
    package var json = false

    package init() {}

    package func validate() throws {
        if top < 1 { throw ValidationError("--top \(top): must be at least 1") }
        _ = try parts()
        do throws(LogProblem) {
            _ = try settings()
        } catch {
            throw ValidationError(error.description)
        }
    }

    package func run() async throws {
        let files = [file] + (against.map { [$0] } ?? [])
        let policies = try files.map { try PolicySource(path: $0).load() }
        let source = try LogFile(path: log)
        defer { source.end() }
        var progress = ReplayProgress(size: source.size)
        let report: ReplayReport
        do throws(LogProblem) {
            report = try Replay(policies, settings: settings()).run(
                { memory throws(LogProblem) in try source.fill(memory) },
                progress: { progress.show($0) }
            )
        } catch {
            progress.clear()
            throw CommandFailure("\(source.path):\(error.line == 0 ? " " : "")\(error)")
        }
        progress.clear()
        var style = ReplayReport.Style(policies: PolicySimulate.shortNames(files))
        style.parts = try parts()
        style.top = top
        style.hashesClients = hashClients
        let rendering = ReplayRendering(report, style, files: files)
        print(json ? rendering.json : report.text(style).printableLines, terminator: "")
    }

    private func parts() throws -> Set<ReplayReport.Style.Part> {
        guard let by else { return Set(ReplayReport.Style.Part.allCases) }
        return try Set(
            by.split(separator: ",", omittingEmptySubsequences: false).map { name in
                guard let part = ReplayReport.Style.Part(rawValue: String(name)) else {
                    throw ValidationError("--by \(by): \"\(name)\" is none of client, route, hour")
                }
                return part
            }
        )
    }

    private func settings() throws(LogProblem) -> Replay.Settings {
        var settings = Replay.Settings()
        settings.skipsBadLines = skipBadLines
        for column in columns {
            guard let sign = column.firstIndex(of: "="), column.index(after: sign) < column.endIndex else {
                throw LogProblem("--column \(column): is not of the form client=api_key")
            }
            let name = String(column[column.index(after: sign)...])
            try settings.names.rename(name, to: String(column[..<sign]))
        }
        return settings
    }

    /// The files by their last component, unless these are the same.
    private static func shortNames(_ files: [String]) -> [String] {
        let short = files.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        return Set(short).count == files.count ? short : files
    }
}
