import LimitCore

extension JSONReader {
    /// Reads a message: its fields under either spelling, each at most once. A null is as no field.
    ///
    /// `Field` lists the fields by their names in the contract.
    mutating func message<Field: RawRepresentable<String> & Hashable>(
        _ name: String,
        _ fields: Field.Type,
        _ value: (inout JSONReader, Field) throws(InvalidField) -> Void
    ) throws(InvalidField) {
        var seen: Set<Field> = []
        try object(name) { reader, key throws(InvalidField) in
            guard let field = Field(rawValue: snakeCase(key)) else {
                throw InvalidField(JSONReader.shown(key), "is not known")
            }
            guard seen.insert(field).inserted else { throw InvalidField(field.rawValue, "is there twice") }
            if reader.null() { return }
            try value(&reader, field)
        }
    }

    /// Reads the items of a repeated field, of which there may be up to `bound`; an error in one is named by its index.
    mutating func items(
        _ field: String,
        atMost bound: Int,
        _ item: (inout JSONReader) throws(InvalidField) -> Void
    ) throws(InvalidField) {
        try array(field) { reader, index throws(InvalidField) in
            if index == bound { throw InvalidField(field, "has more than \(bound) items") }
            do throws(InvalidField) {
                try item(&reader)
            } catch {
                // A syntax error is the document's.
                throw error.field == "body" ? error : error.inside("\(field)[\(index)]")
            }
        }
    }

    /// A bytes field: base64 in either alphabet, padded or not, as proto3 takes it.
    mutating func base64(_ field: String, atMost bound: Int) throws(InvalidField) -> [UInt8] {
        let text = try string(field)
        // Four characters for three bytes; before decoding, so that only what may be is decoded.
        if text.count / 4 > bound / 3 + 1 { throw InvalidField(field, "is longer than \(bound) bytes") }
        guard let bytes = Base64.decode(text) else { throw InvalidField(field, "is no base64") }
        return bytes
    }
}

/// The name in the contract of a field that JSON may also spell in lowerCamelCase.
private func snakeCase(_ key: [UInt8]) -> String {
    var name: [UInt8] = []
    for byte in key.prefix(64) {
        if (0x41...0x5A).contains(byte) {
            name += [UInt8(ascii: "_"), byte | 0x20]
        } else {
            name.append(byte)
        }
    }
    return String(decoding: name, as: UTF8.self)
}
