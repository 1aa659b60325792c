internal import LimitCore

// What a policy can say of a path, and how.
extension EnvoyTranslator {
    /// Why a policy cannot say a path; nil where it can. `counted` where a limit is to hold.
    func problem(_ path: [EnvoyRule.Level], counted: Bool) -> String? {
        let keys = path.map(\.key)
        for key in keys {
            if key.utf8.count > Bounds.attributeKey {
                return "\(quoted(key)) is longer than \(Bounds.attributeKey) bytes"
            }
            if key.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "*") }) {
                return "the key \(quoted(key)) has a , or *"
            }
            if key == "domain" || key == "descriptor" { return "the key \(key) is an attribute of every descriptor" }
            if TextProblem.find(in: key.utf8.span) != nil { return "the key \(quoted(key)) has a control character" }
        }
        if Set(keys).count < keys.count { return "a key comes twice, and a call has one value of an attribute" }
        if keys.joined(separator: ",").utf8.count > Bounds.attributeValue {
            return "its keys are longer than \(Bounds.attributeValue) bytes"
        }
        if keys.count > Bounds.attributes - 2 { return "it has more than \(Bounds.attributes - 2) entries" }
        if path.reduce(1, { min($0, Self.mostPatterns + 1) * $1.patterns.count }) > Self.mostPatterns {
            return "its stars come to more than \(Self.mostPatterns) patterns"
        }
        for pattern in path.flatMap(\.patterns).compactMap(\.self) {
            if pattern.utf8.count > Bounds.attributeValue {
                return "a value is longer than \(Bounds.attributeValue) bytes"
            }
            if TextProblem.find(in: pattern.utf8.span) != nil { return "a value has a control character" }
        }
        return counted ? counterProblem(path) : nil
    }

    private func counterProblem(_ path: [EnvoyRule.Level]) -> String? {
        let counted = path.filter(\.isCounted).map(\.key)
        if counted.contains("tier") { return "a limit per tier counts by the caller's tier, not by an entry" }
        let keys = path.map(\.key)
        for (key, known) in [("client", clientKeys), ("route", routeKeys)] where counted.contains(key) {
            let first = known.first { keys.contains($0) } ?? key
            if first != key { return "the call's \(key) is its entry \(quoted(first)), so \(key) cannot be counted by" }
        }
        return nil
    }

    /// What a limit is counted by: the entries whose values have counters of their own.
    func per(_ path: [EnvoyRule.Level]) -> [String] {
        let keys = path.map(\.key)
        let client = clientKeys.first { keys.contains($0) }
        return path.filter(\.isCounted).map { $0.key == client ? "client" : $0.key }
    }

    func rate(_ count: Int64, _ unit: EnvoyRateLimit.Unit) -> String {
        switch (options.windows, unit) {
        case (.calendar, _): "\(count) per calendar \(unit.rawValue)"
        case (.sliding, .month): "\(count) per 30 days"
        case (.sliding, .year): "\(count) per 365 days"
        case (.sliding, _): "\(count) per \(unit.rawValue)"
        }
    }

    mutating func noteWindow(_ unit: EnvoyRateLimit.Unit, _ limit: EnvoyRateLimit, _ path: [EnvoyRule.Level]) {
        guard options.windows == .calendar else { return }
        switch unit {
        case .week: note(limit.place.mark, text(path), "weeks begin on Monday here, on Thursday there")
        case .month: note(limit.place.mark, text(path), "months are those of the calendar here, 30 days each there")
        case .year: note(limit.place.mark, text(path), "years are those of the calendar here, 365 days each there")
        case .second, .minute, .hour, .day: break
        }
    }

    /// The limit's own name where it can be that of a limit.
    mutating func usable(_ limit: EnvoyRateLimit) -> String {
        if limit.name.isEmpty { return "" }
        let isUsable =
            limit.name.utf8.count <= Bounds.word && !limit.name.utf8.contains(UInt8(ascii: "/"))
            && TextProblem.find(in: limit.name.utf8.span) == nil
        if isUsable { return limit.name }
        note(limit.place.mark, quoted(limit.name), "is no name for a limit here; it goes by its unit and period")
        return ""
    }

    func text(_ path: [EnvoyRule.Level]) -> String {
        quoted("\(domain):\(path.map(\.text).joined(separator: ","))")
    }

}
