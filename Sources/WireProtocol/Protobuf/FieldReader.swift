import LimitCore

/// Walks the fields of one protobuf message (protobuf.dev/programming-guides/encoding) without copying any.
///
/// It takes and refuses what libprotobuf-c takes and refuses, as one walk over the bytes: tags of up to five bytes,
/// varints of up to ten, no groups. The bytes are handed to each call: a reader is only a position in them.
struct FieldReader {
    /// How a field's value is written. Groups are not in it.
    enum WireType: UInt8 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    private var position: Int
    private let end: Int
    /// Of the field that `next` found.
    private(set) var number: UInt32 = 0
    private(set) var type = WireType.varint

    /// A reader of the message that lies in the range of the bytes.
    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// Goes to the next field; false at the end of the message. Each field's value must be read or skipped.
    mutating func next(in bytes: Span<UInt8>) throws(InvalidField) -> Bool {
        guard position < end else { return false }
        let first = bytes[position]
        position += 1
        guard first & 0xF8 != 0, let type = WireType(rawValue: first & 7) else { throw FieldReader.broken }
        self.type = type
        number = UInt32(first & 0x7F) >> 3
        guard first & 0x80 != 0 else { return true }
        for shift in stride(from: UInt32(4), through: 25, by: 7) {
            guard position < end else { throw FieldReader.broken }
            let byte = bytes[position]
            position += 1
            number |= UInt32(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return true }
        }
        throw FieldReader.broken
    }

    /// The value of a field of type uint64; bits past the 64th are dropped.
    mutating func uint64(in bytes: Span<UInt8>, _ field: StaticString) throws(InvalidField) -> UInt64 {
        try expect(.varint, field)
        return try varint(in: bytes, atMost: 10)
    }

    /// The value of a field of type bool.
    mutating func bool(in bytes: Span<UInt8>, _ field: StaticString) throws(InvalidField) -> Bool {
        try expect(.varint, field)
        let start = position
        _ = try varint(in: bytes, atMost: 10)
        // Any bit counts, also one that a uint64 would drop.
        for index in start..<position where bytes[index] & 0x7F != 0 { return true }
        return false
    }

    /// Where the value of a field of type string, bytes or message lies.
    mutating func range(in bytes: Span<UInt8>, _ field: StaticString) throws(InvalidField) -> Range<Int> {
        try expect(.bytes, field)
        return try range(in: bytes)
    }

    /// Goes past the value of a field of no interest.
    mutating func skip(in bytes: Span<UInt8>) throws(InvalidField) {
        switch type {
        case .varint: _ = try varint(in: bytes, atMost: 10)
        case .fixed64: try advance(by: 8)
        case .bytes: _ = try range(in: bytes)
        case .fixed32: try advance(by: 4)
        }
    }

    private func expect(_ expected: WireType, _ field: StaticString) throws(InvalidField) {
        if type != expected { throw InvalidField("\(field)", "has the wrong wire type") }
    }

    private mutating func range(in bytes: Span<UInt8>) throws(InvalidField) -> Range<Int> {
        let count = try varint(in: bytes, atMost: 5)
        guard count <= UInt64(end - position) else { throw FieldReader.broken }
        let start = position
        position += Int(truncatingIfNeeded: count)
        return start..<position
    }

    private mutating func varint(in bytes: Span<UInt8>, atMost most: Int) throws(InvalidField) -> UInt64 {
        guard position < end else { throw FieldReader.broken }
        var value = UInt64(bytes[position])
        position += 1
        if value < 0x80 { return value }
        value &= 0x7F
        for index in 1..<most {
            guard position < end else { throw FieldReader.broken }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 { return value }
        }
        throw FieldReader.broken
    }

    private mutating func advance(by count: Int) throws(InvalidField) {
        guard end - position >= count else { throw FieldReader.broken }
        position += count
    }

    private static var broken: InvalidField { InvalidField("message", "is no valid protobuf") }
}
