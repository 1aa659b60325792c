/// Writes JSON to the end of a buffer and sets the commas.
struct JSONWriter {
    private(set) var out: [UInt8]
    private var needsComma = false

    init(_ out: consuming [UInt8]) {
        self.out = out
    }

    mutating func object(_ members: (inout JSONWriter) -> Void) { enclosed("{", "}", members) }

    mutating func array(_ items: (inout JSONWriter) -> Void) { enclosed("[", "]", items) }

    /// A member's name; its value must be written next.
    mutating func name(_ name: StaticString) {
        separate()
        out.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { out.append(contentsOf: $0) }
        out.append(contentsOf: "\":".utf8)
        needsComma = false
    }

    mutating func value(_ value: UInt64) { raw(String(value)) }

    mutating func value(_ value: Bool) { raw(value ? "true" : "false") }

    /// A double; what JSON has no number for is written as the string that proto3 has for it.
    mutating func value(_ value: Double) {
        if value.isFinite { return raw(value.description) }
        self.value(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }

    mutating func value(_ text: String) {
        quoted { out in
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
                case 0..<0x20:
                    out.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                    out.append(contentsOf: String(byte, radix: 16).utf8)
                default: out.append(byte)
                }
            }
        }
    }

    /// Bytes, as base64.
    mutating func value(_ bytes: [UInt8]) {
        quoted { out in Base64.encode(bytes, to: &out) }
    }

    private mutating func raw(_ text: String) {
        separate()
        out.append(contentsOf: text.utf8)
    }

    private mutating func quoted(_ content: (inout [UInt8]) -> Void) {
        separate()
        out.append(UInt8(ascii: "\""))
        content(&out)
        out.append(UInt8(ascii: "\""))
    }

    private mutating func enclosed(
        _ open: Unicode.Scalar,
        _ close: Unicode.Scalar,
        _ content: (inout JSONWriter) -> Void
    ) {
        separate()
        out.append(UInt8(ascii: open))
        needsComma = false
        content(&self)
        out.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { out.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}
