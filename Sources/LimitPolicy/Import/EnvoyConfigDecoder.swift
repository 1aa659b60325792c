internal import LimitCore

/// Reads limits of envoyproxy/ratelimit. What makes that service refuse a file is a problem; what it reads and a policy
/// cannot say is a note.
struct EnvoyConfigDecoder: DocumentDecoder {
    var problems = ProblemList()
    private(set) var notes: [ImportNote] = []
    private let file: String

    private static let descriptorKeys = [
        "key", "value", "rate_limit", "descriptors", "shadow_mode", "detailed_metric", "value_to_metric",
        "share_threshold", "quota_mode", "metadata",
    ]
    private static let limitKeys = ["unit", "requests_per_unit", "unlimited", "name", "replaces"]
    private static let largestCount: Int64 = 4_294_967_295

    /// Reads a file that goes by `file` in problems and notes.
    static func decode(_ bytes: [UInt8], file: String) throws(PolicyErrors) -> (EnvoyConfig, [ImportNote]) {
        var decoder = EnvoyConfigDecoder(file: file)
        let config = decoder.decode(decoder.root(of: bytes))
        if let errors = decoder.problems.errors(in: file) { throw errors }
        return (config, decoder.notes)
    }

    private init(file: String) {
        self.file = file
    }

    private mutating func decode(_ root: YAMLNode?) -> EnvoyConfig {
        var config = EnvoyConfig(domain: "", descriptors: [])
        guard let root, !root.isNull else {
            if problems.isEmpty { problem(root?.mark ?? .start, .root, "is empty; it needs a domain") }
            return config
        }
        let place = Located(node: root, path: .root)
        guard let fields = known(place, ["domain", "descriptors"], "the file") else { return config }
        if let place = fields["domain"] { config.domain = name(place, atMost: Bounds.attributeValue) ?? "" }
        if fields["domain"] == nil { problem(place, "needs a domain") }
        if let place = fields["descriptors"] { config.descriptors = decodeDescriptors(place, config.domain + ":") }
        return config
    }

    private mutating func decodeDescriptors(_ place: Located, _ path: String) -> [EnvoyDescriptor] {
        guard let items = list(place) else { return [] }
        var lines: [[UInt8]: Int] = [:]
        var descriptors: [EnvoyDescriptor] = []
        for item in items {
            guard let descriptor = decodeDescriptor(item, path) else { continue }
            // How that service knows it: a key with a value is not told from a longer key without one.
            let joined = descriptor.value.isEmpty ? descriptor.key : "\(descriptor.key)_\(descriptor.value)"
            if let first = lines.updateValue(item.mark.line, forKey: Array(joined.utf8)) {
                problem(item, "is the same descriptor as in line \(first)")
            }
            descriptors.append(descriptor)
        }
        return descriptors
    }

    private mutating func decodeDescriptor(_ place: Located, _ outer: String) -> EnvoyDescriptor? {
        guard let fields = known(place, Self.descriptorKeys, outer) else { return nil }
        guard let keyPlace = fields["key"] else {
            problem(place, "needs a key")
            return nil
        }
        guard let key = text(keyPlace) else { return nil }
        if key.isEmpty { problem(keyPlace, "is empty") }
        var descriptor = EnvoyDescriptor(key: key, place: place)
        if let place = fields["value"], !place.node.isNull { descriptor.value = text(place) ?? "" }
        let path = outer + quoted(descriptor.value.isEmpty ? key : "\(key)=\(descriptor.value)")
        descriptor.shadow = flag(fields["shadow_mode"])
        descriptor.sharesThreshold = flag(fields["share_threshold"])
        if descriptor.sharesThreshold, !descriptor.hasWildcard, let place = fields["share_threshold"] {
            problem(place, "needs a value with *")
        }
        noteLeftOut(fields, path)
        if let place = fields["rate_limit"], !place.node.isNull { descriptor.limit = decodeLimit(place, path) }
        if let place = fields["descriptors"] { descriptor.children = decodeDescriptors(place, path + ",") }
        return descriptor
    }

    private mutating func noteLeftOut(_ fields: Fields, _ path: String) {
        if let place = fields["quota_mode"], flag(place) {
            note(place, path, "quota_mode is left out: this limit refuses by itself, not only with all other quotas")
        }
        for key in ["detailed_metric", "value_to_metric"] {
            guard let place = fields[key], flag(place) else { continue }
            note(place, path, "\(key) is left out: metrics go by rule, not by value")
        }
        if let place = fields["metadata"], !place.node.isNull {
            note(place, path, "metadata is left out: answers carry none")
        }
    }

    private mutating func decodeLimit(_ place: Located, _ path: String) -> EnvoyRateLimit? {
        guard let fields = known(place, Self.limitKeys, path) else { return nil }
        var limit = EnvoyRateLimit(amount: .unlimited, place: place)
        if let place = fields["name"], !place.node.isNull { limit.name = text(place) ?? "" }
        if let place = fields["replaces"], !place.node.isNull {
            let what = "replaces is left out: a limit holds whatever other descriptors the call has"
            note(place, path, what)
        }
        if flag(fields["unlimited"]) {
            if let place = fields["unit"] { problem(place, "stands beside unlimited: true") }
            return limit
        }
        guard let unit = fields["unit"], let word = text(unit) else {
            if fields["unit"] == nil { problem(place, "needs a unit, or unlimited: true") }
            return nil
        }
        guard let known = EnvoyRateLimit.Unit(rawValue: word.lowercased()) else {
            let units = EnvoyRateLimit.Unit.allCases.map(\.rawValue).joined(separator: ", ")
            problem(unit, "\"\(quoted(word))\" is not one of \(units)")
            return nil
        }
        let count = fields["requests_per_unit"].map { wholeNumber($0, 0...Self.largestCount) ?? 0 }
        if count ?? 0 == 0 { note(place, path, "requests_per_unit is 0: every call is refused, as it is there") }
        limit.amount = .count(count ?? 0, known)
        return limit
    }

    private mutating func flag(_ place: Located?) -> Bool {
        guard let place, !place.node.isNull else { return false }
        return bool(place) ?? false
    }

    /// The fields that are known; others are noted, for a newer version of the service may read them.
    private mutating func known(_ place: Located, _ keys: [String], _ path: String) -> Fields? {
        guard !place.node.isNull, let entries = entries(place, named: true) else {
            if place.node.isNull { problem(place, "must be a mapping of keys to values") }
            return nil
        }
        var fields = Fields(place: place)
        for entry in entries {
            if keys.contains(entry.name) {
                fields[entry.name] = entry.value
            } else {
                let subject = Located(
                    node: YAMLNode(content: place.node.content, mark: entry.keyMark, size: 1),
                    path: .root
                )
                note(subject, path, "\(quoted(entry.name)) is left out: it is not known here")
            }
        }
        return fields
    }

    private mutating func note(_ place: Located, _ path: String, _ message: String) {
        notes.append(ImportNote(file: file, mark: place.mark, subject: path, message: message))
    }
}
