/// Writes the fields of a protobuf message. As proto3 does, a field that has its default is left out.
extension OutputSpan<UInt8> {
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// A field of type uint64, bool or enum. Numbers of fields are 1 to 15 here: their tags take one byte.
    mutating func field(_ number: UInt8, varint value: UInt64) {
        if value == 0 { return }
        append(number << 3)
        varint(value)
    }

    mutating func field(_ number: UInt8, fixed64 value: UInt64) {
        if value == 0 { return }
        append(number << 3 | 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// A field of type string or bytes.
    mutating func field(_ number: UInt8, bytes: Span<UInt8>) {
        if bytes.isEmpty { return }
        header(number, count: bytes.count)
        // Past the room it traps, as append does; it is one copy instead of one append a byte.
        precondition(bytes.count <= freeCapacity, "a message was sized too small for its fields")
        withUnsafeMutableBufferPointer { buffer, initialized in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(buffer)[initialized...].copyBytes(from: source)
            }
            initialized += bytes.count
        }
    }

    /// The tag and length of a field whose bytes come next: a message's, for one.
    mutating func header(_ number: UInt8, count: Int) {
        append(number << 3 | 2)
        varint(UInt64(count))
    }
}

/// How many bytes fields take as `OutputSpan<UInt8>` writes them.
enum FieldSize {
    static func varint(_ value: UInt64) -> Int {
        // Seven bits a byte, and 0 takes one.
        (UInt64.bitWidth - (value | 1).leadingZeroBitCount + 6) / 7
    }

    static func field(varint value: UInt64) -> Int { value == 0 ? 0 : 1 + varint(value) }

    static func field(fixed64 value: UInt64) -> Int { value == 0 ? 0 : 9 }

    static func field(count: Int) -> Int { count == 0 ? 0 : message(count: count) }

    /// A message is written also where it is empty.
    static func message(count: Int) -> Int { 1 + varint(UInt64(count)) + count }
}

extension [UInt8] {
    /// Appends a `Failure`.
    package mutating func appendFailure(_ message: String) {
        append(addingCapacity: FieldSize.field(count: message.utf8.count)) { out in
            out.field(1, bytes: message.utf8.span)
        }
    }
}
