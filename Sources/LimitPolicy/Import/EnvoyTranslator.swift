internal import LimitCore

/// Walks the tree of descriptors and lays its limits out as rules.
struct EnvoyTranslator {
    private(set) var rules: [EnvoyRule] = []
    var notes: [ImportNote] = []
    /// The keys that are the client and the route of a call.
    private(set) var clientKeys: [String]
    private(set) var routeKeys: [String]
    let options: EnvoyImport.Options
    private var names: Set<String> = []
    private var file = ""
    private(set) var domain = ""

    /// Patterns that the stars of one path may come to.
    static let mostPatterns = 64

    init(_ options: EnvoyImport.Options) {
        self.options = options
        clientKeys = options.client
        routeKeys = options.route
    }

    mutating func translate(_ configs: [(file: String, config: EnvoyConfig)]) {
        // A limit per `client` or `route` counts by what the call's client and route are.
        if !clientKeys.contains("client"), configs.contains(where: { Self.has("client", $0.config.descriptors) }) {
            clientKeys.append("client")
        }
        if !routeKeys.contains("route"), configs.contains(where: { Self.has("route", $0.config.descriptors) }) {
            routeKeys.append("route")
        }
        noteOverdraft(configs)
        for (file, config) in merged(configs) {
            (self.file, domain) = (file, config.domain)
            if domain.utf8.contains(UInt8(ascii: "*")) {
                note(
                    config.descriptors.first?.place.mark ?? .start,
                    "the domain",
                    "is left out: * cannot be meant literally"
                )
                continue
            }
            expand(config.descriptors, [])
        }
    }

    /// What is charged afterwards is said where Envoy is told to, so that no file of limits shows it.
    private mutating func noteOverdraft(_ configs: [(file: String, config: EnvoyConfig)]) {
        file = configs.first?.file ?? ""
        if options.overdraft.isEmpty {
            let what =
                "where Envoy charges a cost at the end of a call, name an entry of that descriptor with --overdraft"
            note(.start, "costs", what)
        }
        for key in options.overdraft where !configs.contains(where: { Self.has(key, $0.config.descriptors) }) {
            note(.start, "--overdraft \(quoted(key))", "is no entry of any descriptor")
        }
    }

    private static func has(_ key: String, _ descriptors: [EnvoyDescriptor]) -> Bool {
        descriptors.contains { $0.key == key || has(key, $0.children) }
    }

    /// Files of one domain as one, as the service reads them with MERGE_DOMAIN_CONFIG.
    private mutating func merged(_ configs: [(file: String, config: EnvoyConfig)]) -> [(String, EnvoyConfig)] {
        var merged: [(file: String, config: EnvoyConfig)] = []
        for (file, config) in configs {
            guard let index = merged.firstIndex(where: { $0.config.domain == config.domain }) else {
                merged.append((file, config))
                continue
            }
            let what = "is in \(merged[index].file) too: the two are read as one, as with MERGE_DOMAIN_CONFIG"
            notes.append(
                ImportNote(file: file, mark: .start, subject: "domain \(quoted(config.domain))", message: what)
            )
            var known = Set(merged[index].config.descriptors.map { [$0.key, $0.value] })
            for descriptor in config.descriptors {
                guard !known.insert([descriptor.key, descriptor.value]).inserted else {
                    merged[index].config.descriptors.append(descriptor)
                    continue
                }
                let subject = "\(config.domain):\(EnvoyRule.Level(descriptor).text)"
                let message = "is left out: \(merged[index].file) has the same descriptor"
                notes.append(ImportNote(file: file, mark: descriptor.place.mark, subject: subject, message: message))
            }
        }
        return merged
    }

    /// Lays out one level: by key, exact values before wildcards before any value.
    private mutating func expand(_ descriptors: [EnvoyDescriptor], _ path: [EnvoyRule.Level]) {
        let byKey = Dictionary(grouping: descriptors, by: \.key)
        var seen: Set<String> = []
        for key in descriptors.lazy.map(\.key) where seen.insert(key).inserted {
            let same = byKey[key] ?? []
            let yielding = same.filter(\.hasWildcard) + same.filter(\.value.isEmpty)
            // No value is two exact ones.
            for descriptor in same where !descriptor.value.isEmpty && !descriptor.hasWildcard {
                expand(descriptor, before: yielding[...], path)
            }
            for (index, descriptor) in yielding.enumerated() {
                expand(descriptor, before: yielding[(index + 1)...], path)
            }
        }
    }

    private mutating func expand(
        _ descriptor: EnvoyDescriptor,
        before later: ArraySlice<EnvoyDescriptor>,
        _ outer: [EnvoyRule.Level]
    ) {
        let level = EnvoyRule.Level(descriptor)
        let path = outer + [level]
        if let limit = descriptor.limit {
            if let problem = problem(path, counted: true) {
                note(descriptor.place.mark, text(path), "is left out: \(problem)")
            } else {
                add(limit, descriptor, path)
            }
        }
        expand(descriptor.children, path)
        // A call that came this way ends here without a limit; it must not go on to a descriptor below.
        var shapes: [[String]] = []
        for other in later where level.overlaps(EnvoyRule.Level(other)) {
            for shape in self.shapes(other, outer) where !shapes.contains(shape) { shapes.append(shape) }
        }
        for shape in shapes where !covers(descriptor, outer, shape) { addEnd(path, shape) }
    }

    /// The shapes of the rules that a descriptor and those in it come to.
    private func shapes(_ descriptor: EnvoyDescriptor, _ outer: [EnvoyRule.Level]) -> [[String]] {
        let path = outer + [EnvoyRule.Level(descriptor)]
        let own = descriptor.limit != nil && problem(path, counted: true) == nil ? [path.map(\.key)] : []
        return own + descriptor.children.flatMap { shapes($0, path) }
    }

    /// Whether every call of a shape that comes to this descriptor has a rule in it.
    private func covers(_ descriptor: EnvoyDescriptor, _ outer: [EnvoyRule.Level], _ shape: [String]) -> Bool {
        let path = outer + [EnvoyRule.Level(descriptor)]
        guard path.count < shape.count else {
            return descriptor.limit != nil && problem(path, counted: true) == nil
        }
        return descriptor.children.contains { child in
            child.key == shape[path.count] && child.value.isEmpty && covers(child, path, shape)
        }
    }

    private mutating func add(_ limit: EnvoyRateLimit, _ descriptor: EnvoyDescriptor, _ path: [EnvoyRule.Level]) {
        let keys = path.map(\.key)
        let outcome: EnvoyRule.Outcome
        switch limit.amount {
        case .unlimited: outcome = .unlimited
        case .count(let count, let unit):
            let overdraft = options.overdraft.contains { keys.contains($0) }
            outcome = .limit(rate: rate(count, unit), name: usable(limit), overdraft: overdraft)
            noteWindow(unit, limit, path)
        }
        let counters = per(path)
        let first = rules.count
        add(path, keys, outcome)
        for index in first..<rules.count {
            rules[index].per = counters
            rules[index].shadow = descriptor.shadow
        }
        if rules.count > first + 1, path.contains(where: \.isShared) {
            let what = "shares one counter, but where * is no character at all that value has one of its own"
            note(descriptor.place.mark, text(path), what)
        }
    }

    private mutating func addEnd(_ path: [EnvoyRule.Level], _ shape: [String]) {
        if problem(path, counted: false) == nil { add(path, shape, .nothing) }
    }

    /// Adds a rule for each way in which the stars of a path can be written.
    private mutating func add(_ path: [EnvoyRule.Level], _ shape: [String], _ outcome: EnvoyRule.Outcome) {
        let joined = shape.joined(separator: ",")
        var matches: [[(key: String, pattern: String)]] = [[]]
        for level in path {
            matches = matches.flatMap { match in
                level.patterns.map { pattern in pattern.map { match + [(level.key, $0)] } ?? match }
            }
        }
        for match in matches {
            let values = Dictionary(match.map { ($0.key, $0.pattern) }) { first, _ in first }
            let parts = shape.enumerated().map { index, key in
                values[key].map { "\(key)=\($0)" } ?? (index < path.count ? key : "\(key)=...")
            }
            rules.append(
                EnvoyRule(
                    name: unique("\(domain):\(parts.joined(separator: ","))"),
                    domain: domain,
                    shape: joined,
                    match: match,
                    outcome: outcome
                )
            )
        }
    }

    private mutating func unique(_ name: String) -> String {
        // Room for a number at the end, in as many bytes as a name may have.
        let base = name.utf8.count > Bounds.route - 8 ? String(name.prefix((Bounds.route - 8) / 4)) : name
        var (candidate, number) = (base, 2)
        while !names.insert(candidate).inserted {
            candidate = "\(base) #\(number)"
            number += 1
        }
        return candidate
    }

    mutating func note(_ mark: Mark, _ subject: String, _ message: String) {
        notes.append(ImportNote(file: file, mark: mark, subject: subject, message: message))
    }
}

extension EnvoyRule.Level {
    /// All values of a wildcard have one counter.
    fileprivate var isShared: Bool {
        guard case .wildcard = value else { return false }
        return !isCounted
    }
}
