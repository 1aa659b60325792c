/// The leases that a case was handed so far, by the names that its steps give them.
struct NamedLeases {
    private struct Leases {
        var tokens: [[UInt8]] = []
        /// Those before it were ended.
        var ended = 0
    }

    private var leases: [String: Leases] = [:]

    mutating func add(_ token: [UInt8], to name: String) {
        leases[name, default: Leases()].tokens.append(token)
    }

    /// The oldest lease that no step has ended, which ends with this; after the last one, that one again. Nil where
    /// there never was one.
    mutating func takeOldest(of name: String) -> [UInt8]? {
        guard var found = leases[name] else { return nil }
        if found.ended == found.tokens.count { return found.tokens.last }
        found.ended += 1
        leases[name] = found
        return found.tokens[found.ended - 1]
    }

    /// All leases that no step has ended; the last one where all are.
    func kept(of name: String) -> [[UInt8]] {
        guard let found = leases[name] else { return [] }
        return Array(found.tokens[first(of: found)...])
    }

    /// Puts the renewed tokens in place of those that were `kept`; one that is empty leaves the old one.
    mutating func replaceKept(of name: String, with tokens: [[UInt8]]) {
        guard var found = leases[name] else { return }
        let start = first(of: found)
        for (index, token) in tokens.enumerated() where !token.isEmpty { found.tokens[start + index] = token }
        leases[name] = found
    }

    private func first(of found: Leases) -> Int { min(found.ended, found.tokens.count - 1) }
}
