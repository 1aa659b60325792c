/// A mapping with keys that are known beforehand.
package struct Fields {
    /// The mapping itself, for what is missing from it.
    package var place: Located
    private var values: [String: Located] = [:]

    init(place: Located) {
        self.place = place
    }

    package subscript(key: String) -> Located? {
        get { values[key] }
        set { values[key] = newValue }
    }
}

/// An entry of a mapping whose keys are the operator's: tiers, clients, attributes.
package struct NamedEntry {
    package var name: String
    package var keyMark: Mark
    package var value: Located
}

extension DocumentDecoder {
    /// Reads a mapping with known keys; whatever else it holds is a problem. An absent or empty one has no fields.
    package mutating func fields(_ place: Located, _ known: [String]) -> Fields? {
        guard let entries = entries(place, named: true) else { return nil }
        var fields = Fields(place: place)
        for entry in entries {
            if known.contains(entry.name) {
                fields[entry.name] = entry.value
            } else {
                let near = Suggestion.nearest(to: entry.name, among: known)
                let hint = near.map { "; did you mean \($0)?" } ?? ""
                problem(entry.keyMark, entry.value.path, "is not a key that is known here\(hint)")
            }
        }
        return fields
    }

    /// Reads a mapping and refuses keys that come twice, that are no text, and merge keys. Null is an empty one.
    ///
    /// Entries that are `named` go by their key in problems, others by their number, because the key is a secret.
    package mutating func entries(_ place: Located, named: Bool) -> [NamedEntry]? {
        if place.node.isNull { return [] }
        guard case .mapping(let pairs) = place.node.content else {
            problem(place, "must be a mapping of keys to values")
            return nil
        }
        var firsts: [[UInt8]: Mark] = [:]
        var entries: [NamedEntry] = []
        for (index, pair) in pairs.enumerated() {
            guard case .scalar(let key, let isPlain) = pair.key.content else {
                problem(pair.key.mark, place.path, "a key must be text")
                continue
            }
            if isPlain, key == "<<" {
                problem(pair.key.mark, place.path, "merge keys (<<) are not read; write the keys out")
                continue
            }
            let path: PolicyPath = named ? .key(place.path, quoted(key)) : .index(place.path, index)
            if let first = firsts.updateValue(pair.key.mark, forKey: Array(key.utf8)) {
                firsts[Array(key.utf8)] = first
                problem(pair.key.mark, path, "comes twice; first in line \(first.line)")
                continue
            }
            entries.append(
                NamedEntry(name: key, keyMark: pair.key.mark, value: Located(node: pair.value, path: path))
            )
        }
        return entries
    }
}
