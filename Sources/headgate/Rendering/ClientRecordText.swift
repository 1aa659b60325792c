#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a daemon says operators have decided about a client, for people.
package struct ClientRecordText: Sendable {
    private let record: Content

    /// Reads the JSON of a daemon of this version or a later one.
    package init(_ json: [UInt8]) throws(CommandFailure) {
        do {
            record = try JSONDecoder().decode(Content.self, from: Data(json))
        } catch {
            throw CommandFailure("the daemon's answer is not understood: it is of another version")
        }
    }

    /// The sentence of a daemon that refuses.
    static func problem(_ json: [UInt8]) -> String? {
        (try? JSONDecoder().decode([String: String].self, from: Data(json)))?["error"]?.printable
    }

    package var text: String {
        var lines = [record.client, row("tier", tier)]
        if record.blocked, !record.decisions.contains(where: { $0.kind == "block" }) {
            lines.append(row("blocked", "by the policy"))
        }
        return
            (lines
            + record.decisions.map { decision in
                let until = decision.until.map { " until \($0)" } ?? ""
                let kind = decision.kind == "tier" ? "assigned" : decision.kind
                return row(kind, "\(what(decision))\(until), by \(decision.by) at \(decision.at)".printable)
            }).joined(separator: "\n") + "\n"
    }

    private var tier: String {
        switch record.tierSource {
        case "operator": "\(record.tier ?? "none"), by an operator".printable
        case "clients": "\(record.tier ?? "none"), from clients: of the policy".printable
        case "default": "\(record.tier ?? "none"), the default".printable
        default: "none"
        }
    }

    private func what(_ decision: Content.Decision) -> String {
        switch decision.kind {
        case "block": decision.message.map { $0.isEmpty ? "every call" : "\"\($0)\"" } ?? "every call"
        case "tier": decision.tier ?? ""
        case "override": "\(decision.limit ?? "") \(decision.count ?? 0)"
        default: "generation \(decision.generation ?? 0)"
        }
    }

    private func row(_ name: String, _ text: String) -> String {
        "  " + name + String(repeating: " ", count: max(10 - name.count, 1)) + text
    }

    private struct Content: Decodable, Sendable {
        struct Decision: Decodable, Sendable {
            var kind: String
            var message: String?
            var tier: String?
            var limit: String?
            var count: Int64?
            var generation: Int64?
            var until: String?
            var by: String
            var at: String
        }

        var client: String
        var tier: String?
        var tierSource: String
        var blocked: Bool
        var decisions: [Decision]

        enum CodingKeys: String, CodingKey {
            case client, tier, blocked, decisions
            case tierSource = "tier_source"
        }
    }
}
