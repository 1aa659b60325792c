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
        var isASCII = true
        for index in bytes.indices {
            let byte = bytes[unchecked: index]
            if byte < 0x20 || byte == 0x7F { return .control }
            isASCII = isASCII && byte < 0x80
        }
        if isASCII { return nil }
        return (try? UTF8Span(validating: bytes)) == nil ? .encoding : nil
    }
}
