/// A keyed hash for tables in memory: no secret, no file and no other process depends on its value.
///
/// Words of 8 bytes are folded in by a multiplication of full width, as in Wang Yi's wyhash.
enum ByteHash {
    /// Different in every process, so that nobody outside can choose what collides.
    static let seed = UInt64.random(in: 0...UInt64.max)

    private static let first: UInt64 = 0xA076_1D64_78BD_642F
    private static let second: UInt64 = 0xE703_7ED1_A0B4_28DB

    static func hash(_ bytes: Span<UInt8>, seed: UInt64) -> UInt64 {
        let raw = bytes.bytes
        let count = raw.byteCount
        var hash = seed ^ first
        var offset = 0
        while offset + 8 <= count {
            hash = fold(hash ^ raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self), second)
            offset += 8
        }
        return fold(hash ^ tail(raw, from: offset), UInt64(truncatingIfNeeded: count) ^ first)
    }

    private static func tail(_ raw: RawSpan, from offset: Int) -> UInt64 {
        let count = raw.byteCount
        if offset == count { return 0 }
        // The last 8 bytes again: the part already folded in does no harm.
        if count >= 8 { return raw.unsafeLoadUnaligned(fromByteOffset: count - 8, as: UInt64.self) }
        var tail: UInt64 = 0
        for index in offset..<count {
            tail = tail << 8 | UInt64(raw.unsafeLoad(fromByteOffset: index, as: UInt8.self))
        }
        return tail
    }

    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}

extension Span<UInt8> {
    /// Whether two spans hold the same bytes.
    func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[unchecked: index] != other[unchecked: index] { return false }
        return true
    }

    func starts(with other: Span<UInt8>) -> Bool {
        count >= other.count && extracting(first: other.count).isSame(as: other)
    }

    func ends(with other: Span<UInt8>) -> Bool {
        count >= other.count && extracting(last: other.count).isSame(as: other)
    }
}
