/// What a column or member of a log is to a call.
enum LogRole: Sendable, Equatable {
    case time, client, route, tier
    /// With the unit.
    case usage([UInt8])
    /// With the key.
    case attribute([UInt8])
}

/// Which name in a log stands for what.
package struct LogNames: Sendable {
    private static let times = ["time", "timestamp", "@timestamp", "ts"]
    private static let targets = ["time", "client", "route", "tier", "usage.<unit>", "attributes.<key>"]
    private var roles: [[UInt8]: LogRole] = [:]

    package init() {}

    /// Takes a name of the log for `target`: `time`, `client`, `route`, `tier`, `usage.tokens`, `attributes.model`.
    package mutating func rename(_ name: String, to target: String) throws(LogProblem) {
        guard let role = Self.role(of: Array(target.utf8)) else {
            throw LogProblem("\"\(target)\" is none of \(Self.targets.joined(separator: ", "))")
        }
        roles[Array(name.utf8)] = role
    }

    /// Nil for what is no part of a call.
    func role(of name: [UInt8]) -> LogRole? {
        if let role = roles[name] { return role }
        let role = Self.role(of: name)
        // What another name was given for is not meant any more.
        return role.flatMap { roles.values.contains($0) ? nil : $0 }
    }

    private static func role(of name: [UInt8]) -> LogRole? {
        switch String(decoding: name, as: UTF8.self) {
        case let text where times.contains(text): return .time
        case "client": return .client
        case "route": return .route
        case "tier": return .tier
        case "tokens": return .usage(name)
        default: break
        }
        for (prefix, role) in [
            ("usage.", LogRole.usage), ("attributes.", LogRole.attribute), ("attribute.", LogRole.attribute),
        ] where name.starts(with: prefix.utf8) && name.count > prefix.utf8.count {
            return role(Array(name.dropFirst(prefix.utf8.count)))
        }
        return nil
    }
}
