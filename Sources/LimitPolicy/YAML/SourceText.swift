/// Checks on a policy file as bytes, before anything reads it as YAML.
enum SourceText {
    /// 16 MiB, the largest policy file.
    static let largest = 16 << 20

    /// The bytes without a byte order mark, or why they are no text.
    static func checked(_ bytes: [UInt8]) throws(YAMLProblem) -> ArraySlice<UInt8> {
        if bytes.count > largest {
            throw YAMLProblem(mark: .start, message: "the file is larger than 16 MiB")
        }
        if let offset = firstInvalid(bytes) {
            throw YAMLProblem(mark: mark(at: offset, in: bytes), message: "is not valid UTF-8")
        }
        if let offset = bytes.firstIndex(of: 0) {
            throw YAMLProblem(mark: mark(at: offset, in: bytes), message: "the file contains a NUL byte")
        }
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    }

    /// The line and column of a byte.
    static func mark(at offset: Int, in bytes: some Collection<UInt8>) -> Mark {
        var mark = Mark.start
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                mark = Mark(line: mark.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                mark.column += 1
            }
        }
        return mark
    }

    private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }
}
