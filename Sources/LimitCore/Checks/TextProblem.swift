/// Why bytes are no text that an identity may be made of.
package enum TextProblem: Sendable, CustomStringConvertible {
    case control
    case encoding

    package var description: String {
        switch self {
        case .control: "contains a control character"
        case .encoding: "is not valid UTF-8"
        }
    }

    /// The first problem with the bytes, or nil: they must be valid UTF-8 without control bytes (NUL among them).
    package static func find(in bytes: Span<UInt8>) -> TextProblem? {
        switch bytes.withUnsafeBytes(classify) {
        case .printable: return nil
        case .control: return .control
        case .beyondASCII: return (try? UTF8Span(validating: bytes)) == nil ? .encoding : nil
        }
    }

    private enum Kind {
        case printable
        case control
        case beyondASCII
    }

    /// Looks at eight bytes at once, and at each where one of the eight is not printable ASCII.
    private static func classify(_ bytes: UnsafeRawBufferPointer) -> Kind {
        var kind = Kind.printable
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + 8, bytes.count)
            if end - offset == 8, isPrintable(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) {
                offset = end
                continue
            }
            while offset < end {
                let byte = bytes[offset]
                if byte < 0x20 || byte == 0x7F { return .control }
                if byte >= 0x80 { kind = .beyondASCII }
                offset += 1
            }
        }
        return kind
    }

    /// Whether all eight bytes are 0x20 to 0x7E. The high bit of each byte of the sum is set where the byte is not.
    private static func isPrintable(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high = ones << 7
        // Without high bits no sum or difference below runs over into the next byte.
        guard word & high == 0 else { return false }
        let atLeastSpace = (word | high) &- ones &* 0x20
        let isDelete = word &+ ones
        return atLeastSpace & ~isDelete & high == high
    }
}
