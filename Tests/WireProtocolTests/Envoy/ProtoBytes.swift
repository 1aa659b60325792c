/// Writes protobuf fields as a test spells them: right or wrong.
enum ProtoBytes {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    static func field(_ number: UInt64, _ value: UInt64) -> [UInt8] { varint(number << 3) + varint(value) }

    static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    static func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
}

/// A RateLimitRequest as a test writes it.
enum RateLimitBytes {
    static func entry(_ key: String, _ value: String) -> [UInt8] {
        ProtoBytes.field(1, ProtoBytes.field(1, key) + ProtoBytes.field(2, value))
    }

    static func descriptor(_ entries: [UInt8]..., rest: [UInt8] = []) -> [UInt8] {
        ProtoBytes.field(2, entries.flatMap { $0 } + rest)
    }

    static func limit(_ perUnit: UInt64, unit: UInt64) -> [UInt8] {
        ProtoBytes.field(2, ProtoBytes.field(1, perUnit) + ProtoBytes.field(2, unit))
    }

    static func hits(_ amount: UInt64) -> [UInt8] { ProtoBytes.field(3, ProtoBytes.field(1, amount)) }

    static func request(domain: String = "d", _ descriptors: [UInt8]..., rest: [UInt8] = []) -> [UInt8] {
        ProtoBytes.field(1, domain) + descriptors.flatMap { $0 } + rest
    }
}
