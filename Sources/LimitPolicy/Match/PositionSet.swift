internal import LimitCore

/// A set of places in a text of at most `Bounds.route` bytes, in memory of a fixed size.
struct PositionSet {
    /// Words of 64 places for 0 to 1,024.
    private static let words = 17
    private var bits = InlineArray<17, UInt64>(repeating: 0)

    /// The longest text there is.
    static let longest = words * 64 - 1

    mutating func insert(_ position: Int) {
        bits[position >> 6] |= 1 << UInt64(position & 63)
    }

    func contains(_ position: Int) -> Bool {
        bits[position >> 6] >> UInt64(position & 63) & 1 == 1
    }

    /// The first place from `position` on.
    func first(from position: Int) -> Int? {
        var word = position >> 6
        guard word < Self.words else { return nil }
        var rest = bits[word] & (UInt64.max << UInt64(position & 63))
        while rest == 0 {
            word += 1
            guard word < Self.words else { return nil }
            rest = bits[word]
        }
        return word << 6 + rest.trailingZeroBitCount
    }
}
