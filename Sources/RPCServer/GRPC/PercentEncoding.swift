/// Text as a header field carries it (PROTOCOL-HTTP2.md of grpc/grpc, Status-Message).
enum PercentEncoding {
    /// Printable ASCII but `%` stays; each other byte of the UTF-8 becomes `%` and two digits. Text past `bound` bytes
    /// is cut, not within a character.
    static func encode(_ text: String, atMost bound: Int) -> [UInt8] {
        let digits: StaticString = "0123456789ABCDEF"
        var encoded: [UInt8] = []
        encoded.reserveCapacity(min(text.utf8.count, bound))
        var count = 0
        for character in text.unicodeScalars {
            count += UTF8.width(character)
            if count > bound { break }
            for byte in String(character).utf8 {
                if byte >= 0x20, byte <= 0x7E, byte != 0x25 {
                    encoded.append(byte)
                } else {
                    encoded.append(0x25)
                    encoded.append(digits.utf8Start[Int(byte >> 4)])
                    encoded.append(digits.utf8Start[Int(byte & 15)])
                }
            }
        }
        return encoded
    }
}
