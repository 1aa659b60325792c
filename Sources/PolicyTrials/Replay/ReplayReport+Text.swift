import DecisionService
import LimitCore

extension ReplayReport {
    /// How a report is written.
    package struct Style: Sendable {
        package enum Part: String, Sendable, CaseIterable {
            case client, route, hour
        }

        /// What the policies are called, as many as there are.
        package var policies: [String]
        package var parts: Set<Part> = Set(Part.allCases)
        /// Rows at most of refusals, clients and routes.
        package var top = 10
        /// Clients are shown by the start of their SHA-256.
        package var hashesClients = false

        package init(policies: [String]) {
            self.policies = policies
        }
    }

    /// The report for a terminal. Its names are text of the log, which may hold what a terminal would obey.
    package func text(_ style: Style) -> String {
        var lines = heading + [""] + totals(style)
        lines += [""] + refusals(style)
        if style.parts.contains(.client) {
            lines += names("clients", clients, of: clientCount, style) { row in client(row, style) }
        }
        if style.parts.contains(.route) {
            lines += names("routes", routes, of: routeCount, style) { row in Self.name(row) }
        }
        if style.parts.contains(.hour) { lines += hours(style) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: [String] {
        if facts.calls == 0 { return ["no calls"] + notes }
        let counts = [(facts.calls, "call"), (clientCount, "client"), (routeCount, "route")]
            .map { $0 == 1 ? "1 \($1)" : "\(Self.grouped($0)) \($1)s" }.joined(separator: ", ")
        return ["\(counts), \(Instant.text(facts.first)) to \(Instant.text(facts.last))"] + notes
    }

    /// What keeps the numbers from being the whole truth.
    private var notes: [String] {
        var notes: [String] = []
        if let first = facts.firstBadLine {
            let many = "\(Self.grouped(facts.badLines)) bad lines are left out; the first is"
            notes.append("\(facts.badLines == 1 ? "1 bad line is left out; it is" : many) \(first)")
        }
        if facts.stepsBack > 0 {
            let largest = SpanText.text(facts.largestStepBack)
            notes.append(
                "\(Self.grouped(facts.stepsBack)) calls are more than 1m earlier than the one before, at most \(largest); "
                    + "sorted by time the log may come out differently"
            )
        }
        if !facts.unusedNames.isEmpty { notes.append("not used: \(facts.unusedNames.joined(separator: ", "))") }
        let evictions = policies.map(\.evictions).max() ?? 0
        if evictions > 0 {
            notes.append("\(Self.grouped(evictions)) counters were dropped for lack of room: too few are refused here")
        }
        let failures = policies.map(\.failures).max() ?? 0
        if failures > 0 { notes.append("\(Self.grouped(failures)) calls could not be answered") }
        return notes
    }

    private func totals(_ style: Style) -> [String] {
        var table = TextTable(head: [""] + style.policies.flatMap { [$0, ""] })
        let kinds: [(String, KeyPath<VerdictCounts, Int>)] = [
            ("allowed", \.allowed), ("limited", \.limited), ("forbidden", \.forbidden),
        ]
        for (name, kind) in kinds {
            table.add([name] + policies.flatMap { Self.share($0.total[keyPath: kind], of: facts.calls) })
        }
        if policies.contains(where: { $0.shadowLimited > 0 }) {
            table.add(["over in shadow"] + policies.flatMap { [Self.grouped($0.shadowLimited), ""] })
        }
        return table.lines
    }

    private func refusals(_ style: Style) -> [String] {
        var sums: [(name: String, counts: [Int])] = []
        for (position, policy) in policies.enumerated() {
            for refusal in policy.refusals {
                let name = Self.name(of: refusal)
                let index = sums.firstIndex { $0.name == name } ?? sums.count
                if index == sums.count { sums.append((name, policies.map { _ in 0 })) }
                sums[index].counts[position] += refusal.count
            }
        }
        if sums.isEmpty { return ["nothing is refused"] }
        sums.sort { ($1.counts.max() ?? 0, $0.name) < ($0.counts.max() ?? 0, $1.name) }
        var table = TextTable(head: ["refused by"] + style.policies.flatMap { [$0, ""] })
        for sum in sums.prefix(style.top) {
            table.add([sum.name] + sum.counts.flatMap { Self.share($0, of: facts.calls) })
        }
        return table.lines + Self.rest(sums.count - style.top)
    }

    private func names(
        _ kind: String,
        _ rows: [Row],
        of count: Int,
        _ style: Style,
        _ name: (Row) -> String
    ) -> [String] {
        if rows.isEmpty { return [] }
        var table = TextTable(head: [kind, "calls"] + Self.columns(style))
        for row in rows.prefix(style.top) {
            table.add([name(row), Self.grouped(row.calls)] + Self.cells(row))
        }
        let named = rows.count { $0.name != nil }
        let head = "refused at least once: \(Self.grouped(named)) of \(Self.grouped(count)) \(kind)"
        return ["", head] + table.lines + Self.rest(rows.count - style.top)
    }

    /// Where there are more hours than a page holds, days and the hours with the most refusals.
    private func hours(_ style: Style) -> [String] {
        if hours.count <= Self.mostHours { return times("hours (UTC)", hours, style) { Instant.hour($0) } }
        let worst = hours.filter { $0.isRefused() }.sorted { a, b in
            let (left, right) = (Self.weight(a), Self.weight(b))
            return left == right ? a.hour < b.hour : left > right
        }
        return times("days (UTC)", days, style) { Instant.day($0) }
            + times("worst hours (UTC)", Array(worst.prefix(style.top)), style) { Instant.hour($0) }
    }

    private func times(
        _ kind: String,
        _ rows: [Row],
        _ style: Style,
        _ name: (Microseconds) -> String
    ) -> [String] {
        guard rows.contains(where: { $0.isRefused() }) else { return [] }
        let most = rows.compactMap { $0.counts.last?.refused }.max() ?? 0
        var table = TextTable(head: [kind, "calls"] + Self.columns(style) + [""])
        for row in rows {
            let refused = row.counts.last?.refused ?? 0
            table.add(
                [name(row.hour), Self.grouped(row.calls)] + Self.cells(row) + [Self.bar(refused, of: most)]
            )
        }
        return [""] + table.lines
    }

    private static let mostHours = 72

    /// The hours of each day together.
    package var days: [Row] {
        var days: [Row] = []
        for row in hours {
            let start = row.hour - row.hour % 86_400_000_000
            if days.last?.hour != start {
                days.append(Row(hour: start, counts: row.counts))
                continue
            }
            for index in row.counts.indices { days[days.count - 1].counts[index].add(row.counts[index]) }
        }
        return days
    }

    private static func columns(_ style: Style) -> [String] {
        let columns = style.policies.flatMap { [$0, ""] }
        return style.policies.count == 1 ? ["refused", ""] : columns + ["change"]
    }

    private static func cells(_ row: Row) -> [String] {
        let cells = row.counts.flatMap { share($0.refused, of: row.calls) }
        guard row.counts.count == 2 else { return cells }
        let change = row.counts[1].refused - row.counts[0].refused
        return cells + [change > 0 ? "+\(grouped(change))" : change < 0 ? "-\(grouped(-change))" : "0"]
    }

    private static func rest(_ count: Int) -> [String] {
        count > 0 ? ["  and \(grouped(count)) more"] : []
    }

    private func client(_ row: Row, _ style: Style) -> String {
        guard style.hashesClients, let name = row.name else { return Self.name(row) }
        return TopClients.fingerprint(of: name)
    }

    /// What a row is called.
    package static func name(_ row: Row) -> String {
        row.name.map { String(decoding: $0, as: UTF8.self) } ?? "(all others, which there was no room for)"
    }

    /// What a refusal is called.
    package static func name(of refusal: Refusal) -> String {
        let rule = refusal.name.isEmpty ? "(no rule)" : refusal.name
        return refusal.reason == .rate ? rule : "\(rule) (\(refusal.reason.word))"
    }
}

extension ReplayReport {
    /// A count and its share: `81,230` and `8.1%`.
    private static func share(_ count: Int, of calls: Int) -> [String] {
        if count == 0 { return ["0", ""] }
        let thousandths = calls == 0 ? 0 : Int((Double(count) / Double(calls) * 1000).rounded())
        if thousandths == 0 { return [grouped(count), "<0.1%"] }
        return [grouped(count), "\(thousandths / 10).\(thousandths % 10)%"]
    }

    /// A bar of at most 20 characters; what is not 0 has one.
    private static func bar(_ count: Int, of most: Int) -> String {
        if count == 0 || most == 0 { return "" }
        return String(repeating: "#", count: max(1, Int((Double(count) / Double(most) * 20).rounded())))
    }

    /// With a comma between thousands.
    static func grouped(_ number: Int) -> String {
        var digits = Array(String(number))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return String(digits)
    }
}
