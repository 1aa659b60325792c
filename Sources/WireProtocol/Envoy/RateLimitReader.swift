import LimitCore

/// Reads a RateLimitRequest in two walks over the bytes: what holds for all descriptors, and then each of these.
struct RateLimitReader {
    /// How many there are.
    private(set) var descriptors = 0
    private var domain = 0..<0
    /// What a descriptor costs that does not say so itself.
    private var hits: Int64 = 1
    /// The keys of a descriptor's entries, joined.
    private var keys: [UInt8] = []

    init(_ bytes: Span<UInt8>) throws(InvalidField) {
        var fields = FieldReader(0..<bytes.count)
        while try fields.next(in: bytes) {
            switch fields.number {
            case 1: domain = try fields.range(in: bytes, "domain")
            case 2:
                _ = try fields.range(in: bytes, "descriptors")
                descriptors += 1
            case 3: hits = max(1, Int64(UInt32(truncatingIfNeeded: try fields.uint64(in: bytes, "hits_addend"))))
            default: try fields.skip(in: bytes)
            }
        }
        let name = bytes.extracting(domain)
        if name.isEmpty { throw InvalidField("domain", "is empty") }
        try Self.check(name, "domain", atMost: Bounds.attributeValue)
        if descriptors == 0 { throw InvalidField("descriptors", "is empty") }
        if descriptors > RateLimitBounds.descriptors {
            throw InvalidField("descriptors", "has more than \(RateLimitBounds.descriptors) items")
        }
    }

    mutating func addDescriptors(of bytes: Span<UInt8>, to questions: inout Questions) throws(InvalidField) {
        var fields = FieldReader(0..<bytes.count)
        var position = 0
        while try fields.next(in: bytes) {
            guard fields.number == 2 else {
                try fields.skip(in: bytes)
                continue
            }
            let range = try fields.range(in: bytes, "descriptors")
            questions.begin()
            do throws(InvalidField) {
                try addDescriptor(range, of: bytes, to: &questions)
            } catch {
                questions.abandon()
                throw error.inside("descriptors[\(position)]")
            }
            _ = questions.endDescriptor()
            position += 1
        }
    }

    private mutating func addDescriptor(
        _ range: Range<Int>,
        of bytes: Span<UInt8>,
        to questions: inout Questions
    ) throws(InvalidField) {
        var fields = FieldReader(range)
        var entries = 0
        var override: RateLimitOverride?
        var own: UInt64?
        var isNegative = false
        keys.removeAll(keepingCapacity: true)
        while try fields.next(in: bytes) {
            switch fields.number {
            case 1:
                try addEntry(entries, try fields.range(in: bytes, "entries"), of: bytes, to: &questions)
                entries += 1
            case 2:
                var merged = override ?? RateLimitOverride()
                try merged.read(try fields.range(in: bytes, "limit"), of: bytes)
                override = merged
            case 3: own = try Self.wrapped(try fields.range(in: bytes, "hits_addend"), bytes, or: own ?? 0)
            case 4: isNegative = try fields.bool(in: bytes, "is_negative_hits")
            default: try fields.skip(in: bytes)
            }
        }
        if entries == 0 { throw InvalidField("entries", "is empty") }
        if keys.count > Bounds.attributeValue {
            throw InvalidField("entries", "have keys of more than \(Bounds.attributeValue) bytes in all")
        }
        // After the entries, so that none of these can pass for them.
        try questions.addAttribute(key: "domain".utf8.span, value: bytes.extracting(domain))
        try questions.addAttribute(key: "descriptor".utf8.span, value: keys.span)
        if let override { questions.addOverride(rate: try override.rate) }
        guard let hits = Amount.checked(own ?? UInt64(hits)) else {
            throw InvalidField("hits_addend", "is above 2^53 - 1")
        }
        questions.setHits(isNegative ? -hits : hits)
    }

    private mutating func addEntry(
        _ position: Int,
        _ range: Range<Int>,
        of bytes: Span<UInt8>,
        to questions: inout Questions
    ) throws(InvalidField) {
        if position == RateLimitBounds.entries {
            throw InvalidField("entries", "has more than \(RateLimitBounds.entries) items")
        }
        do throws(InvalidField) {
            var fields = FieldReader(range)
            var key = 0..<0
            var value = 0..<0
            while try fields.next(in: bytes) {
                switch fields.number {
                case 1: key = try fields.range(in: bytes, "key")
                case 2: value = try fields.range(in: bytes, "value")
                default: try fields.skip(in: bytes)
                }
            }
            if key.isEmpty { throw InvalidField("key", "is empty") }
            try Self.check(bytes.extracting(key), "key", atMost: Bounds.attributeKey)
            try Self.check(bytes.extracting(value), "value", atMost: Bounds.attributeValue)
            if position > 0 { keys.append(UInt8(ascii: ",")) }
            bytes.extracting(key).withUnsafeBufferPointer { keys.append(contentsOf: $0) }
            try questions.addAttribute(key: bytes.extracting(key), value: bytes.extracting(value))
        } catch {
            throw error.inside("entries[\(position)]")
        }
    }

    private static func wrapped(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        or earlier: UInt64
    ) throws(InvalidField) -> UInt64 {
        var fields = FieldReader(range)
        var value = earlier
        while try fields.next(in: bytes) {
            if fields.number == 1 {
                value = try fields.uint64(in: bytes, "hits_addend")
            } else {
                try fields.skip(in: bytes)
            }
        }
        return value
    }

    private static func check(_ text: Span<UInt8>, _ field: StaticString, atMost bound: Int) throws(InvalidField) {
        if text.count > bound { throw InvalidField("\(field)", "is longer than \(bound) bytes") }
        if let problem = TextProblem.find(in: text) { throw InvalidField("\(field)", problem.description) }
    }
}
