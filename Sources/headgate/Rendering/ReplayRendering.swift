import DecisionService
import Foundation
import LimitCore
import PolicyTrials

/// A replay's report for programs.
struct ReplayRendering {
    private let report: ReplayReport
    private let style: ReplayReport.Style
    private let files: [String]

    init(_ report: ReplayReport, _ style: ReplayReport.Style, files: [String]) {
        self.report = report
        self.style = style
        self.files = files
    }

    /// One object on a line of its own. Hours are all there, clients and routes as many as asked for.
    var json: String {
        let hours = report.hours.map { Content.Row(name: Instant.text($0.hour), row: $0) }
        let content = Content(
            calls: report.facts.calls,
            from: report.facts.calls == 0 ? nil : Instant.text(report.facts.first),
            to: report.facts.calls == 0 ? nil : Instant.text(report.facts.last),
            badLines: report.facts.badLines,
            stepsBack: report.facts.stepsBack,
            unused: report.facts.unusedNames,
            clientCount: report.clientCount,
            routeCount: report.routeCount,
            policies: zip(files, report.policies).map { Content.Policy(file: $0, totals: $1) },
            clients: style.parts.contains(.client) ? report.clients.prefix(style.top).map { client($0) } : nil,
            routes: style.parts.contains(.route) ? report.routes.prefix(style.top).map { route($0) } : nil,
            hours: style.parts.contains(.hour) ? hours : nil
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(content) else { preconditionFailure("text and numbers are JSON") }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    private func client(_ row: ReplayReport.Row) -> Content.Row {
        let name = style.hashesClients ? row.name.map { TopClients.fingerprint(of: $0) } : nil
        return Content.Row(name: name ?? ReplayReport.name(row), row: row)
    }

    private func route(_ row: ReplayReport.Row) -> Content.Row {
        Content.Row(name: ReplayReport.name(row), row: row)
    }

    private struct Content: Encodable {
        var calls: Int
        var from: String?
        var to: String?
        var badLines: Int
        var stepsBack: Int
        var unused: [String]
        var clientCount: Int
        var routeCount: Int
        var policies: [Policy]
        var clients: [Row]?
        var routes: [Row]?
        var hours: [Row]?

        enum CodingKeys: String, CodingKey {
            case calls, from, to, unused, policies, clients, routes, hours
            case badLines = "bad_lines"
            case stepsBack = "steps_back"
            case clientCount = "client_count"
            case routeCount = "route_count"
        }

        struct Policy: Encodable {
            var file: String
            var allowed: Int
            var limited: Int
            var forbidden: Int
            var shadowLimited: Int
            var refusals: [Refusal]

            enum CodingKeys: String, CodingKey {
                case file, allowed, limited, forbidden, refusals
                case shadowLimited = "shadow_limited"
            }

            init(file: String, totals: ReplayReport.PolicyTotals) {
                self.file = file
                allowed = totals.total.allowed
                limited = totals.total.limited
                forbidden = totals.total.forbidden
                shadowLimited = totals.shadowLimited
                refusals = totals.refusals.map { Refusal(by: $0.name, reason: $0.reason.word, calls: $0.count) }
            }
        }

        struct Refusal: Encodable {
            var by: String
            var reason: String
            var calls: Int
        }

        struct Row: Encodable {
            var name: String
            var calls: Int
            /// By policy.
            var refused: [Int]

            init(name: String, row: ReplayReport.Row) {
                self.name = name
                calls = row.calls
                refused = row.counts.map(\.refused)
            }
        }
    }
}
