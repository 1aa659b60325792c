import Crypto

/// The SHA-256 of a token: what is kept of it.
package struct TokenDigest: Sendable {
    private let words: InlineArray<4, UInt64>

    /// The digest of a token as a peer sends it.
    package init(of token: String) {
        var hash = SHA256()
        var text = token
        text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        self.init(bytes: Array(hash.finalize()))
    }

    /// A digest in 64 hexadecimal digits; nil where it is none.
    init?(hexadecimal text: Substring) {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    private init(bytes: [UInt8]) {
        words = InlineArray { word in
            bytes[(word * 8)..<(word * 8 + 8)].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// Whether both are the same, in a time that does not tell where they differ.
    func equals(_ other: TokenDigest) -> Bool {
        let difference =
            (words[0] ^ other.words[0]) | (words[1] ^ other.words[1]) | (words[2] ^ other.words[2])
            | (words[3] ^ other.words[3])
        return difference == 0
    }
}
