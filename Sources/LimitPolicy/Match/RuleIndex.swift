internal import LimitCore

/// Finds the first rule that matches, in about the same time for ten rules and for ten thousand.
///
/// A tree of tables. A node looks at one end of one field: the text that rules want there in full, at its start or at
/// its end is the key to the few rules that ask for just that, and rules that ask nothing of it stand aside in `rest`.
/// What all rules of a node ask for alike is asked once. Leaves are tried one by one. A part of the tree is left out when its lowest rule comes after one that matched.
///
/// With ten thousand rules nearly every read misses the processor's cache, so a lookup that settles a rule alone, as
/// that of an exact route does, names the rule itself and not a node, and reads none of its conditions.
final class RuleIndex: Sendable {
    /// What a lookup leads to.
    enum Target {
        case node(Int32)
        /// A rule all of whose conditions the lookup has settled.
        case rule(Int32)

        /// Nodes count up from 0, rules down from -1.
        init(_ value: Int32) {
            self = value < 0 ? .rule(-1 - value) : .node(value)
        }

        var value: Int32 {
            switch self {
            case .node(let node): node
            case .rule(let rule): -1 - rule
            }
        }
    }

    struct Node: Sendable {
        /// The lowest rule below.
        var lowest: Int32
        var field: Int32 = 0
        /// Key classes of a table, rules of a leaf.
        var first: Int32 = 0
        var count: Int32 = 0
        /// The node of the rules without a key in a table, or behind a gate; -1 for none.
        var rest: Int32 = -1
        /// In the pattern table, for a gate.
        var pattern: Int32 = -1
        var kind = Kind.table

        enum Kind: UInt8 {
            case table
            case leaf
            /// One condition that all rules below have.
            case gate
        }
    }

    /// Keys of one kind and length, which share a table of the map.
    struct KeyClass: Sendable {
        enum Kind: UInt8 {
            case exact
            case prefix
            /// A prefix with something after it.
            case properPrefix
            case suffix
        }

        var kind: Kind
        /// 0 for exact keys.
        var length: Int32
        var table: Int32
    }

    private let nodes: [Node]
    private let classes: [KeyClass]
    private let children: ByteMap
    private let leaves: [Int32]
    private let conditions: [Condition]
    /// By rule: where its conditions start; one more at the end.
    private let conditionStarts: [Int32]
    private let patterns: PatternTable
    private let root: Int32

    /// Builds the index over rules in file order; each has at most one condition a field.
    init(_ rules: [[SourceCondition]]) {
        var builder = RuleIndexBuilder(rules: rules)
        var conditions: [Condition] = []
        var starts: [Int32] = [0]
        for rule in rules {
            for condition in rule {
                let pattern = builder.patterns.add(condition.glob)
                conditions.append(Condition(field: condition.field, pattern: pattern))
            }
            starts.append(Int32(conditions.count))
        }
        self.conditions = conditions
        conditionStarts = starts
        root = builder.build(Array(0..<Int32(rules.count)), settled: [])
        patterns = builder.patterns
        nodes = builder.nodes
        classes = builder.classes
        children = ByteMap(builder.entries)
        leaves = builder.leaves
    }

    /// The first rule whose conditions all hold. A field that the check lacks is empty.
    func firstMatch(_ fields: [ByteRange], in text: Span<UInt8>) -> Int? {
        var best = Int32.max
        search(root, fields, text, &best)
        return best == .max ? nil : Int(best)
    }

    private func search(_ index: Int32, _ fields: [ByteRange], _ text: Span<UInt8>, _ best: inout Int32) {
        let node = nodes[Int(index)]
        guard node.lowest < best else { return }
        let field = text.extracting(fields[Int(node.field)].indices)
        switch node.kind {
        case .leaf: searchLeaf(node, fields, text, &best)
        case .gate:
            if patterns.matches(node.pattern, field) { search(node.rest, fields, text, &best) }
        case .table:
            for member in Int(node.first)..<Int(node.first + node.count) {
                switch child(classes[member], field).map(Target.init) {
                case .rule(let rule)?: best = min(best, rule)
                case .node(let node)?: search(node, fields, text, &best)
                case nil: break
                }
            }
            if node.rest >= 0 { search(node.rest, fields, text, &best) }
        }
    }

    private func searchLeaf(_ node: Node, _ fields: [ByteRange], _ text: Span<UInt8>, _ best: inout Int32) {
        for member in Int(node.first)..<Int(node.first + node.count) {
            let rule = leaves[member]
            if rule >= best { return }
            if matches(Int(rule), fields, text) {
                best = rule
                return
            }
        }
    }

    private func child(_ keys: KeyClass, _ field: Span<UInt8>) -> Int32? {
        let length = Int(keys.length)
        guard field.count >= length else { return nil }
        switch keys.kind {
        case .exact: return children.find(field, table: keys.table)
        case .prefix: return children.find(field.extracting(first: length), table: keys.table)
        case .properPrefix:
            guard field.count > length else { return nil }
            return children.find(field.extracting(first: length), table: keys.table)
        case .suffix: return children.find(field.extracting(last: length), table: keys.table)
        }
    }

    /// Whether all conditions of one rule hold.
    func matches(_ rule: Int, _ fields: [ByteRange], _ text: Span<UInt8>) -> Bool {
        failing(rule, fields, text) == nil
    }

    /// The field of the first condition of a rule that does not hold.
    func failing(_ rule: Int, _ fields: [ByteRange], _ text: Span<UInt8>) -> Int? {
        for index in Int(conditionStarts[rule])..<Int(conditionStarts[rule + 1]) {
            let condition = conditions[index]
            let field = text.extracting(fields[Int(condition.field)].indices)
            if !patterns.matches(condition.pattern, field) { return Int(condition.field) }
        }
        return nil
    }
}
