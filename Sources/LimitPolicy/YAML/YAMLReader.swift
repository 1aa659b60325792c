// The libyaml that Yams carries, read by its events. Yams' own tree ends at the first duplicate key, tells one place of
// it at most, and hashes keys with their aliases written out, which a few lines of YAML make take for ever.
internal import CYaml

/// Reads one YAML document into nodes.
struct YAMLReader: ~Copyable {
    /// How deep a document may nest; a policy needs 6.
    static let deepest = 64
    /// How many nodes aliases may add to what is written out.
    static let mostAliased = 1_000_000

    private let parser: Parser
    private var anchors: [String: YAMLNode] = [:]
    private var aliased = 0

    /// The document's root, or nil where there is none.
    static func read(_ bytes: ArraySlice<UInt8>) throws(YAMLProblem) -> YAMLNode? {
        let outcome = bytes.withUnsafeBufferPointer { buffer in
            Result<YAMLNode?, YAMLProblem> { () throws(YAMLProblem) in
                var reader = YAMLReader(parser: Parser(buffer))
                return try reader.document()
            }
        }
        return try outcome.get()
    }

    private init(parser: Parser) {
        self.parser = parser
    }

    private mutating func document() throws(YAMLProblem) -> YAMLNode? {
        _ = try parser.next()
        guard case .documentStart = try parser.next().kind else { return nil }
        let root = try node(from: try parser.next(), depth: 0)
        _ = try parser.next()
        let event = try parser.next()
        guard case .streamEnd = event.kind else {
            throw YAMLProblem(mark: event.mark, message: "a second document starts here; a file holds one")
        }
        return root
    }

    private mutating func node(from event: Event, depth: Int) throws(YAMLProblem) -> YAMLNode {
        if depth > Self.deepest {
            throw YAMLProblem(mark: event.mark, message: "is nested deeper than \(Self.deepest) levels")
        }
        let node: YAMLNode
        switch event.kind {
        case .alias(let name): return try alias(name, event.mark)
        case .scalar(let text, let isPlain):
            node = YAMLNode(content: .scalar(text, isPlain: isPlain), mark: event.mark, size: 1)
        case .sequenceStart: node = try sequence(event.mark, depth: depth)
        case .mappingStart: node = try mapping(event.mark, depth: depth)
        case .documentStart, .streamEnd, .end, .other:
            throw YAMLProblem(mark: event.mark, message: "a value is missing here")
        }
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func alias(_ name: String, _ mark: Mark) throws(YAMLProblem) -> YAMLNode {
        guard var node = anchors[name] else {
            throw YAMLProblem(mark: mark, message: "the alias *\(name) stands for no anchor above it")
        }
        aliased += node.size
        if aliased > Self.mostAliased {
            throw YAMLProblem(mark: mark, message: "aliases come to more than \(Self.mostAliased) nodes")
        }
        // What is wrong with the node as a whole is wrong here, not where it was written first.
        node.mark = mark
        return node
    }

    private mutating func sequence(_ mark: Mark, depth: Int) throws(YAMLProblem) -> YAMLNode {
        var items: [YAMLNode] = []
        var size = 1
        while true {
            let event = try parser.next()
            if case .end = event.kind { break }
            let item = try node(from: event, depth: depth + 1)
            size += item.size
            items.append(item)
        }
        return YAMLNode(content: .sequence(items), mark: mark, size: size)
    }

    private mutating func mapping(_ mark: Mark, depth: Int) throws(YAMLProblem) -> YAMLNode {
        var entries: [YAMLEntry] = []
        var size = 1
        while true {
            let event = try parser.next()
            if case .end = event.kind { break }
            let key = try node(from: event, depth: depth + 1)
            let value = try node(from: try parser.next(), depth: depth + 1)
            size += key.size + value.size
            entries.append(YAMLEntry(key: key, value: value))
        }
        return YAMLNode(content: .mapping(entries), mark: mark, size: size)
    }
}

/// One step of the parser, with nothing of C left in it.
private struct Event {
    enum Kind {
        case documentStart, streamEnd, end, other
        case alias(String)
        case scalar(String, isPlain: Bool)
        case sequenceStart, mappingStart
    }

    var kind: Kind
    var mark: Mark
    var anchor: String?
}

/// Owns a libyaml parser, which points into itself and so never moves.
private final class Parser {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeBufferPointer<UInt8>

    /// The input must outlive the parser.
    init(_ input: UnsafeBufferPointer<UInt8>) {
        self.input = input
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else { fatalError("libyaml is out of memory") }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func next() throws(YAMLProblem) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        let mark = Self.mark(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, mark: mark)
        case YAML_STREAM_END_EVENT: return Event(kind: .streamEnd, mark: mark)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return Event(kind: .end, mark: mark)
        case YAML_ALIAS_EVENT:
            return Event(kind: .alias(Self.string(event.data.alias.anchor) ?? ""), mark: mark)
        case YAML_SCALAR_EVENT: return try scalar(event, mark)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try refuse(start.tag, unless: "seq", mark)
            return Event(kind: .sequenceStart, mark: mark, anchor: Self.string(start.anchor))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            try refuse(start.tag, unless: "map", mark)
            return Event(kind: .mappingStart, mark: mark, anchor: Self.string(start.anchor))
        default: return Event(kind: .other, mark: mark)
        }
    }

    private func scalar(_ event: yaml_event_t, _ mark: Mark) throws(YAMLProblem) -> Event {
        let scalar = event.data.scalar
        try refuse(scalar.tag, unless: "str", mark)
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
        let text = String(decoding: bytes, as: UTF8.self)
        return Event(kind: .scalar(text, isPlain: isPlain), mark: mark, anchor: Self.string(scalar.anchor))
    }

    /// A policy has no types of its own, so of all tags only those that say what is plain to see are let through.
    private func refuse(_ tag: UnsafeMutablePointer<UInt8>?, unless known: String, _ mark: Mark) throws(YAMLProblem) {
        guard let tag = Self.string(tag), tag != "!", tag != "tag:yaml.org,2002:\(known)" else { return }
        throw YAMLProblem(mark: mark, message: "tags have no meaning here: \(tag)")
    }

    private func problem() -> YAMLProblem {
        let text = parser.pointee.problem.map { String(cString: $0) } ?? "is not YAML"
        switch parser.pointee.error {
        case YAML_READER_ERROR:
            return YAMLProblem(mark: SourceText.mark(at: parser.pointee.problem_offset, in: input), message: text)
        case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
            return YAMLProblem(mark: Self.mark(parser.pointee.problem_mark), message: text + context())
        default:
            return YAMLProblem(mark: .start, message: text)
        }
    }

    private func context() -> String {
        guard let context = parser.pointee.context else { return "" }
        let mark = Self.mark(parser.pointee.context_mark)
        return " (\(String(cString: context)) from \(mark.line):\(mark.column))"
    }

    private static func mark(_ mark: yaml_mark_t) -> Mark {
        Mark(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    private static func string(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
