import LimitCore

/// A strict reader of JSON (RFC 8259), pulled by the message that is expected.
///
/// The message asks for what it knows: a value of another type, an unknown or repeated name or a trailing byte is
/// refused where it stands. So no tree is built, and the depth is that of the messages, whatever comes in.
struct JSONReader {
    let bytes: [UInt8]
    private(set) var position = 0

    /// Copies the document; it must be UTF-8.
    init(_ document: Span<UInt8>) throws(InvalidField) {
        guard (try? UTF8Span(validating: document)) != nil else { throw InvalidField("body", "is not valid UTF-8") }
        bytes = Array(copying: document)
    }

    /// The document must end here.
    mutating func end() throws(InvalidField) {
        skipSpace()
        if position < bytes.count { throw malformed }
    }

    /// Reads an object, name by name; `value` must read the value of the name.
    mutating func object(
        _ field: String,
        _ value: (inout JSONReader, [UInt8]) throws(InvalidField) -> Void
    ) throws(InvalidField) {
        guard take("{") else { throw mismatch(field, "is no object") }
        if take("}") { return }
        var names: [[UInt8]] = []
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw malformed }
            let name = try string(field)
            // The bounds of the maps and unknown names end the reading long before this list is long.
            if names.contains(name) { throw InvalidField(field, "has \(JSONReader.shown(name)) twice") }
            guard take(":") else { throw malformed }
            try value(&self, name)
            names.append(name)
        } while take(",")
        guard take("}") else { throw malformed }
    }

    /// Reads an array, item by item; `item` must read the item.
    mutating func array(
        _ field: String,
        _ item: (inout JSONReader, Int) throws(InvalidField) -> Void
    ) throws(InvalidField) {
        guard take("[") else { throw mismatch(field, "is no array") }
        if take("]") { return }
        var index = 0
        repeat {
            try item(&self, index)
            index += 1
        } while take(",")
        guard take("]") else { throw malformed }
    }

    mutating func bool(_ field: String) throws(InvalidField) -> Bool {
        if take(word: "true") { return true }
        if take(word: "false") { return false }
        throw mismatch(field, "is no boolean")
    }

    /// Takes a `null`, if there is one: to proto3, a field with it is as if it were not there.
    mutating func null() -> Bool { take(word: "null") }

    /// A string's bytes, escapes resolved.
    mutating func string(_ field: String) throws(InvalidField) -> [UInt8] {
        guard take("\"") else { throw mismatch(field, "is no string") }
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw malformed
            default: text.append(byte)
            }
        }
        throw malformed
    }

    private mutating func escape(into text: inout [UInt8]) throws(InvalidField) {
        guard let byte = peek else { throw malformed }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(Character(try unicodeEscape())).utf8))
        default: throw malformed
        }
    }

    /// The scalar of `\uXXXX`, whose `\u` is read, or of two that are a surrogate pair.
    private mutating func unicodeEscape() throws(InvalidField) -> Unicode.Scalar {
        let first = try hex4()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(word: "\\u") else { throw malformed }
        let second = try hex4()
        guard (0xDC00...0xDFFF).contains(second) else { throw malformed }
        guard let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) else { throw malformed }
        return scalar
    }

    private mutating func hex4() throws(InvalidField) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else { throw malformed }
            position += 1
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// The next byte.
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func advance() { position += 1 }

    mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        skipSpace()
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
        position += count
        return true
    }

    /// A value that has not the type asked for: another, or none at all.
    func mismatch(_ field: String, _ problem: String) -> InvalidField {
        let beginsValue = peek.map { "\"{[tfn-0123456789".utf8.contains($0) } ?? false
        return beginsValue ? InvalidField(field, problem) : malformed
    }

    /// A name from the document, for an error message: short and printable, whatever the caller sent.
    static func shown(_ name: [UInt8]) -> String {
        let printable = name.prefix(32).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return "field '\(String(decoding: printable, as: UTF8.self))'"
    }

    var malformed: InvalidField { InvalidField("body", "is no valid JSON at byte \(position)") }
}
