#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `GET /status` says, as far as people want to read it.
package struct StatusSummary: Sendable {
    private let status: Content

    /// Reads the JSON of a daemon of this version or a later one.
    package init(_ json: [UInt8]) throws(CommandFailure) {
        do {
            status = try JSONDecoder().decode(Content.self, from: Data(json))
        } catch {
            throw CommandFailure("the daemon's status is not understood: it is of another version")
        }
    }

    package var text: String {
        let ready = status.ready ? "ready" : "NOT READY"
        var rows = [
            ("daemon", "\(status.version), up \(Timespan(seconds: UInt64(clamping: status.uptime))), \(ready)"),
            ("policy", "\(status.policy.fingerprint), \(status.policy.rules) rules"),
        ]
        if let problem = status.policy.reloadProblem { rows.append(("", "last reload refused: \(problem)")) }
        rows.append(("store", store))
        if status.store.control == "out" {
            rows.append(("", "what daemons share beside counters cannot be reached"))
        }
        rows.append(("peers", "\(status.peers)"))
        rows.append(("connections", "\(status.connections)"))
        if status.failed > 0 { rows.append(("failed", "\(status.failed) checks")) }
        if let operators = status.operators, operators.clients > 0 || operators.problem != nil {
            rows.append(("operators", "decisions about \(operators.clients) clients"))
            if let problem = operators.problem { rows.append(("", "newest ones refused: \(problem)")) }
        }
        for pool in status.pools ?? [] { rows.append(("pool", StatusSummary.text(pool))) }
        let head = rows.map { StatusSummary.pad($0.0, 13) + $0.1.printable }
        return (head + totals + clients).joined(separator: "\n") + "\n"
    }

    private var store: String {
        var parts = ["\(status.store.kind), \(status.store.state)"]
        if let latency = status.store.latency { parts.append("\(latency) us") }
        if let keys = status.store.keys { parts.append("\(keys) counters") }
        if let evictions = status.store.evictions, evictions > 0 { parts.append("\(evictions) evicted") }
        return parts.joined(separator: ", ")
    }

    /// `llama: limits x 0.6; a warming, b ready`.
    private static func text(_ pool: Content.Pool) -> String {
        let replicas = pool.replicas.prefix(8).map { $0.id + " " + $0.state + ($0.overdue ? " too long" : "") }
        let more = pool.replicas.count > 8 ? " and \(pool.replicas.count - 8) more" : ""
        return "\(pool.name): limits x \(pool.scale); \(replicas.joined(separator: ", "))\(more)"
    }

    private var totals: [String] {
        if status.totals.isEmpty { return [] }
        let columns = ["allowed", "limited", "forbidden", "unavailable"]
        let names = status.totals.map { $0.rule.isEmpty ? "(no rule)" : $0.rule.printable }
        let width = max(names.map(\.count).max() ?? 0, 4) + 2
        let head = StatusSummary.pad("rule", width) + columns.map { StatusSummary.padLeft($0, 13) }.joined()
        let rows = zip(names, status.totals).map { name, total in
            let numbers = [total.allowed, total.limited, total.forbidden, total.unavailable]
            return StatusSummary.pad(name, width) + numbers.map { StatusSummary.padLeft("\($0)", 13) }.joined()
        }
        return ["", head] + rows
    }

    private var clients: [String] {
        if status.topClients.isEmpty { return [] }
        let rows = status.topClients.prefix(10).map {
            StatusSummary.padLeft("\($0.checks)", 12) + "  " + $0.client.printable
        }
        return ["", "busiest clients"] + rows
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }

    /// The part of the JSON that is read; what else is in it is passed over.
    private struct Content: Decodable, Sendable {
        var version: String
        var uptime: Int64
        var ready: Bool
        var policy: Policy
        var store: Store
        var peers: Int
        var connections: Int
        var failed: Int
        var totals: [Total]
        var topClients: [Client]
        var pools: [Pool]?
        var operators: Operators?

        enum CodingKeys: String, CodingKey {
            case version, ready, policy, store, peers, connections, failed, totals, pools, operators
            case uptime = "uptime_s"
            case topClients = "top_clients"
        }

        struct Policy: Decodable, Sendable {
            var fingerprint: String
            var rules: Int
            var reloadProblem: String?

            enum CodingKeys: String, CodingKey {
                case fingerprint, rules
                case reloadProblem = "reload_problem"
            }
        }

        struct Store: Decodable, Sendable {
            var kind: String
            var state: String
            var latency: Int64?
            var keys: Int?
            var evictions: Int?
            var control: String?

            enum CodingKeys: String, CodingKey {
                case kind, state, keys, evictions, control
                case latency = "latency_us"
            }
        }

        struct Pool: Decodable, Sendable {
            struct Replica: Decodable, Sendable {
                var id: String
                var state: String
                var overdue: Bool
            }

            var name: String
            var scale: Double
            var replicas: [Replica]
        }

        struct Operators: Decodable, Sendable {
            var clients: Int
            var problem: String?
        }

        struct Total: Decodable, Sendable {
            var rule: String
            var allowed: Int
            var limited: Int
            var forbidden: Int
            var unavailable: Int
        }

        struct Client: Decodable, Sendable {
            var client: String
            var checks: Int
        }
    }
}
