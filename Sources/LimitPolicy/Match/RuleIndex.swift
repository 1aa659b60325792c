internal import LimitCore

/// Finds the first rule that matches, in about the same time for ten rules and for ten thousand.
///
/// A tree of tables. A node looks at one end of one field: the text that rules want there in full, at its start or at
/// its end is the key to the few rules that ask for just that, and rules that ask nothing of it stand aside in `rest`.
/// Leaves are tried one by one. A part of the tree is left out when its lowest rule comes after one that matched.
struct RuleIndex: Sendable {
    struct Node: Sendable {
        /// The lowest rule below.
        var lowest: Int32
        var field: Int32 = 0
        /// Key classes of an inner node, rules of a leaf.
        var first: Int32 = 0
        var count: Int32 = 0
        /// The node of the rules without a key here; -1 for none.
        var rest: Int32 = -1
        var isLeaf = false
    }

    /// Keys of one kind and length, which share a table of the map.
    struct KeyClass: Sendable {
        enum Kind: UInt8 {
            case exact
            case prefix
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

    /// Builds the index over rules in file order.
    init(_ rules: [[SourceCondition]]) {
        var patterns = PatternTable()
        var conditions: [Condition] = []
        var starts: [Int32] = [0]
        for rule in rules {
            for condition in rule where !condition.glob.isAnything {
                let pattern = patterns.add(condition.glob)
                conditions.append(Condition(field: condition.field, pattern: pattern))
            }
            starts.append(Int32(conditions.count))
        }
        self.patterns = patterns
        self.conditions = conditions
        conditionStarts = starts
        var builder = RuleIndexBuilder(rules: rules)
        root = builder.build(Array(0..<Int32(rules.count)))
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
        let members = Int(node.first)..<Int(node.first + node.count)
        if node.isLeaf {
            for member in members {
                let rule = leaves[member]
                if rule >= best { return }
                if matches(Int(rule), fields, text) {
                    best = rule
                    return
                }
            }
            return
        }
        let field = text.extracting(fields[Int(node.field)].indices)
        for member in members {
            if let child = child(classes[member], field) { search(child, fields, text, &best) }
        }
        if node.rest >= 0 { search(node.rest, fields, text, &best) }
    }

    private func child(_ keys: KeyClass, _ field: Span<UInt8>) -> Int32? {
        let length = Int(keys.length)
        guard field.count >= length else { return nil }
        switch keys.kind {
        case .exact: return children.find(field, table: keys.table)
        case .prefix: return children.find(field.extracting(first: length), table: keys.table)
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
