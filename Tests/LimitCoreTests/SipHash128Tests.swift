import LimitCore
import Testing

/// Against the reference vectors of SipHash-2-4-128: key 00..0f, input 00..(n - 1).
@Suite struct SipHash128Tests {
    static let vectors: [(Int, String)] = [
        (0, "a3817f04ba25a8e66df67214c7550293"),
        (1, "da87c1d86b99af44347659119b22fc45"),
        (2, "8177228da4a45dc7fca38bdef60affe4"),
        (3, "9c70b60c5267a94e5f33b6b02985ed51"),
        (4, "f88164c12d9c8faf7d0f6e7c7bcd5579"),
        (5, "1368875980776f8854527a07690e9627"),
        (6, "14eeca338b208613485ea0308fd7a15e"),
        (7, "a1f1ebbed8dbc153c0b84aa61ff08239"),
    ]

    @Test(arguments: vectors)
    func `hashes as the reference does`(count: Int, expected: String) {
        var hash = SipHash128(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        let input = (0..<count).map { UInt8($0) }
        input.withUnsafeBytes { hash.add($0) }
        #expect(hex(hash.finish()) == expected)
    }

    @Test(arguments: [1, 3, 7, 8, 9, 15, 16, 31, 64])
    func `pieces hash as the whole`(cut: Int) {
        let input = (0..<80).map { UInt8($0 * 7 & 0xff) }
        let whole = hash([input[...]])
        #expect(hash([input[..<cut], input[cut...]]) == whole)
    }

    private func hash(_ pieces: [ArraySlice<UInt8>]) -> String {
        var hash = SipHash128(key: (1, 2))
        for piece in pieces { piece.withUnsafeBytes { hash.add($0) } }
        return hex(hash.finish())
    }

    private func hex(_ words: (UInt64, UInt64)) -> String {
        [words.0, words.1].flatMap { word in
            (0..<8).map { byte in
                let digits = String(UInt8(truncatingIfNeeded: word >> (8 * UInt64(byte))), radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }
        }.joined()
    }
}
