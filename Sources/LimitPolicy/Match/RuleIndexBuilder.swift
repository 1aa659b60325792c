/// Builds the tree of a `RuleIndex`, choosing at every node the end of the field that leaves the fewest rules to try.
struct RuleIndexBuilder {
    /// As many rules are tried one by one as soon as looked up.
    private static let leafSize = 4
    /// How many fields a node chooses among: those that most rules ask for.
    private static let candidateFields = 6
    /// How many lengths of keys a node looks up; longer keys are cut to one of them and checked in full later.
    private static let mostLengths = 6

    let rules: [[SourceCondition]]
    var patterns = PatternTable()
    private(set) var nodes: [RuleIndex.Node] = []
    private(set) var classes: [RuleIndex.KeyClass] = []
    private(set) var entries: [ByteMap.Entry] = []
    private(set) var leaves: [Int32] = []
    private var tables: Int32 = 0

    init(rules: [[SourceCondition]]) {
        self.rules = rules
    }

    /// Builds the node of some rules, which are in file order, and returns its number. Conditions on fields that are
    /// `settled` are known to hold wherever the node is reached.
    mutating func build(_ members: [Int32], settled: Set<Int32>) -> Int32 {
        guard members.count > Self.leafSize else { return leaf(members) }
        if let shared = sharedCondition(members, settled) { return gate(members, shared, settled) }
        guard let split = bestSplit(members) else { return leaf(members) }
        var node = RuleIndex.Node(lowest: members[0], field: split.field)
        if !split.rest.isEmpty { node.rest = build(split.rest, settled: settled) }
        var built: [RuleIndex.KeyClass] = []
        for (kind, length) in split.classes {
            built.append(RuleIndex.KeyClass(kind: kind, length: Int32(length), table: tables))
            tables += 1
        }
        for (key, members) in split.groups {
            guard let index = split.classes.firstIndex(where: { $0.kind == key.kind && $0.length == key.length }) else {
                continue
            }
            let target = target(members, key, split.field, settled)
            entries.append(ByteMap.Entry(table: built[index].table, key: key.bytes, value: target.value))
        }
        node.first = Int32(classes.count)
        node.count = Int32(built.count)
        classes += built
        return add(node)
    }

    private mutating func target(
        _ members: [Int32],
        _ key: Key,
        _ field: Int32,
        _ settled: Set<Int32>
    ) -> RuleIndex.Target {
        let settles = members.allSatisfy { condition(Int($0), field).map { key.settles($0.glob) } ?? true }
        let settled = settles ? settled.union([field]) : settled
        // Rules after one that is settled can never be the first.
        if let first = members.first, rules[Int(first)].allSatisfy({ settled.contains($0.field) }) {
            return .rule(first)
        }
        return .node(build(members, settled: settled))
    }

    /// A condition that all of the rules have, so that it need not be a condition of each.
    private func sharedCondition(_ members: [Int32], _ settled: Set<Int32>) -> SourceCondition? {
        guard let first = members.first else { return nil }
        return rules[Int(first)].first { shared in
            !settled.contains(shared.field)
                && members.allSatisfy { condition(Int($0), shared.field)?.glob == shared.glob }
        }
    }

    private mutating func gate(_ members: [Int32], _ shared: SourceCondition, _ settled: Set<Int32>) -> Int32 {
        var node = RuleIndex.Node(lowest: members[0], field: shared.field, kind: .gate)
        node.pattern = patterns.add(shared.glob)
        node.rest = build(members, settled: settled.union([shared.field]))
        return add(node)
    }

    private func condition(_ rule: Int, _ field: Int32) -> SourceCondition? {
        rules[rule].first { $0.field == field }
    }

    private mutating func add(_ node: RuleIndex.Node) -> Int32 {
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    private mutating func leaf(_ members: [Int32]) -> Int32 {
        let first = Int32(leaves.count)
        leaves += members
        let lowest = members.first ?? .max
        return add(RuleIndex.Node(lowest: lowest, first: first, count: Int32(members.count), kind: .leaf))
    }

    /// The split with the fewest rules to try in the worst case, if it spares enough of them to be worth a lookup.
    private func bestSplit(_ members: [Int32]) -> Split? {
        var best: Split?
        for field in frequentFields(members) {
            for atEnd in [false, true] {
                guard let split = split(members, field, atEnd: atEnd) else { continue }
                if best.map({ split.worst < $0.worst }) ?? true { best = split }
            }
        }
        guard let best, best.worst <= members.count * 3 / 4 else { return nil }
        return best
    }

    private func frequentFields(_ members: [Int32]) -> [Int32] {
        var counts: [Int32: Int] = [:]
        for member in members {
            for condition in rules[Int(member)] { counts[condition.field, default: 0] += 1 }
        }
        let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return ranked.prefix(Self.candidateFields).map(\.key)
    }

    private func split(_ members: [Int32], _ field: Int32, atEnd: Bool) -> Split? {
        let keys = members.map { key(Int($0), field, atEnd: atEnd) }
        let lengths = Self.lengths(keys.compactMap { $0?.kind == .exact ? nil : $0?.length })
        var split = Split(field: field)
        for (member, key) in zip(members, keys) {
            guard let key else {
                split.rest.append(member)
                continue
            }
            split.groups[key.cut(to: lengths), default: []].append(member)
        }
        if split.groups.isEmpty { return nil }
        for key in split.groups.keys
        where !split.classes.contains(where: { $0.kind == key.kind && $0.length == key.length }) {
            split.classes.append((key.kind, key.length))
        }
        return split
    }

    /// What a rule wants to see in a field, or nil where nothing is certain.
    private func key(_ rule: Int, _ field: Int32, atEnd: Bool) -> Key? {
        guard let glob = condition(rule, field)?.glob else { return nil }
        if let exact = glob.exact { return Key(kind: .exact, bytes: exact) }
        let literal = atEnd ? glob.suffix : glob.prefix
        if literal.isEmpty { return nil }
        if atEnd { return Key(kind: .suffix, bytes: literal) }
        let isProper = glob.parts == [.literal(literal), .some(slashes: true)]
        return Key(kind: isProper ? .properPrefix : .prefix, bytes: literal)
    }

    /// At most `mostLengths` of the lengths that occur, the shortest among them.
    private static func lengths(_ all: [Int]) -> [Int] {
        let distinct = Set(all).sorted()
        guard distinct.count > mostLengths else { return distinct }
        return (0..<mostLengths).map { distinct[$0 * (distinct.count - 1) / (mostLengths - 1)] }
    }
}

/// A text that rules are looked up by.
private struct Key: Hashable {
    var kind: RuleIndex.KeyClass.Kind
    var bytes: [UInt8]

    /// As its class has it: exact keys are of one class whatever their length.
    var length: Int { kind == .exact ? 0 : bytes.count }

    /// Whether a text with this key is certain to match.
    func settles(_ glob: Glob) -> Bool {
        switch kind {
        case .exact: true
        case .prefix: glob.parts == [.literal(bytes), .anything]
        case .properPrefix: glob.parts == [.literal(bytes), .some(slashes: true)]
        case .suffix: glob.parts == [.anything, .literal(bytes)]
        }
    }

    func cut(to lengths: [Int]) -> Key {
        guard kind != .exact, let length = lengths.last(where: { $0 <= bytes.count }) else { return self }
        return Key(kind: kind, bytes: Array(kind == .suffix ? bytes.suffix(length) : bytes.prefix(length)))
    }
}

/// Rules by what they want to see at one end of one field.
private struct Split {
    var field: Int32
    var classes: [(kind: RuleIndex.KeyClass.Kind, length: Int)] = []
    var groups: [Key: [Int32]] = [:]
    /// Rules that want nothing certain.
    var rest: [Int32] = []

    init(field: Int32) {
        self.field = field
    }

    /// How many rules are left to try in the worst case.
    var worst: Int { rest.count + (groups.values.lazy.map(\.count).max() ?? 0) }
}
