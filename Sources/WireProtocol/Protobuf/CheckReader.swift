import LimitCore

/// Decodes `CheckRequest` straight into `Questions`: the daemon's hottest message, read in one walk.
///
/// Written by hand because it costs a fraction of unpacking into C structs first. The tests hold it against
/// libprotobuf-c over random, mutated and hostile messages. Scalars given again replace the earlier ones, so the
/// bounds of `client`, `route` and `tier` are looked at when the walk is over.
struct CheckReader {
    private var client = 0..<0
    private var route = 0..<0
    private var tier = 0..<0
    private var usages = 0
    private var attributes = 0
    private var peek = false
    private var allLimits = false

    /// Adds the check that lies in the range of the bytes to the questions and returns its index, or adds nothing.
    static func decode(
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        into questions: inout Questions
    ) throws(InvalidField) -> Int {
        questions.begin()
        do throws(InvalidField) {
            var reader = CheckReader()
            try reader.read(bytes, in: range, into: &questions)
            return try questions.end()
        } catch {
            questions.abandon()
            throw error
        }
    }

    private mutating func read(
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        into questions: inout Questions
    ) throws(InvalidField) {
        var fields = FieldReader(range)
        while try fields.next(in: bytes) {
            switch fields.number {
            case 1: client = try fields.range(in: bytes, "client")
            case 2: route = try fields.range(in: bytes, "route")
            case 3: try addUsage(try fields.range(in: bytes, "usage"), of: bytes, to: &questions)
            case 4: try addAttribute(try fields.range(in: bytes, "attributes"), of: bytes, to: &questions)
            case 5: tier = try fields.range(in: bytes, "tier")
            case 6: try addLimit(try fields.range(in: bytes, "limits"), of: bytes, to: &questions)
            case 7: peek = try fields.bool(in: bytes, "peek")
            case 8: allLimits = try fields.bool(in: bytes, "all_limits")
            default: try fields.skip(in: bytes)
            }
        }
        try questions.setClient(bytes.extracting(client))
        try questions.setRoute(bytes.extracting(route))
        if !tier.isEmpty { try questions.setTier(bytes.extracting(tier)) }
        questions.setFlags(peek: peek, allLimits: allLimits)
    }

    /// A unit may be given again, but counts: repeats must not make a small message expensive.
    private mutating func addUsage(
        _ entry: Range<Int>,
        of bytes: Span<UInt8>,
        to questions: inout Questions
    ) throws(InvalidField) {
        usages += 1
        if usages > Bounds.usages { throw InvalidField("usage", "has more than \(Bounds.usages) units") }
        var fields = FieldReader(entry)
        var key = 0..<0
        var value: UInt64 = 0
        while try fields.next(in: bytes) {
            switch fields.number {
            case 1: key = try fields.range(in: bytes, "usage")
            case 2: value = try fields.uint64(in: bytes, "usage")
            default: try fields.skip(in: bytes)
            }
        }
        try questions.addUsage(unit: bytes.extracting(key), amount: value)
    }

    private mutating func addAttribute(
        _ entry: Range<Int>,
        of bytes: Span<UInt8>,
        to questions: inout Questions
    ) throws(InvalidField) {
        attributes += 1
        if attributes > Bounds.attributes {
            throw InvalidField("attributes", "has more than \(Bounds.attributes) entries")
        }
        var fields = FieldReader(entry)
        var key = 0..<0
        var value = 0..<0
        while try fields.next(in: bytes) {
            switch fields.number {
            case 1: key = try fields.range(in: bytes, "attributes")
            case 2: value = try fields.range(in: bytes, "attributes")
            default: try fields.skip(in: bytes)
            }
        }
        try questions.addAttribute(key: bytes.extracting(key), value: bytes.extracting(value))
    }

    private mutating func addLimit(
        _ entry: Range<Int>,
        of bytes: Span<UInt8>,
        to questions: inout Questions
    ) throws(InvalidField) {
        var fields = FieldReader(entry)
        var (rate, scope, algorithm) = (0..<0, 0..<0, 0..<0)
        var (cost, burst): (UInt64, UInt64) = (0, 0)
        while try fields.next(in: bytes) {
            switch fields.number {
            case 1: rate = try fields.range(in: bytes, "limits")
            case 2: scope = try fields.range(in: bytes, "limits")
            case 3: algorithm = try fields.range(in: bytes, "limits")
            case 4: cost = try fields.uint64(in: bytes, "limits")
            case 5: burst = try fields.uint64(in: bytes, "limits")
            default: try fields.skip(in: bytes)
            }
        }
        try questions.addInlineLimit(
            rate: bytes.extracting(rate),
            scope: bytes.extracting(scope),
            algorithm: bytes.extracting(algorithm),
            cost: cost,
            burst: burst
        )
    }
}
