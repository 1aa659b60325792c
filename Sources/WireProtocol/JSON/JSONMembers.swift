package import LimitCore

/// Reads the members of a JSON object whose names are not known beforehand, such as a line of a log.
package enum JSONMembers {
    /// A member that is text, a number or a truth value: of the object, or of an object in it.
    package struct Member {
        package var name: [UInt8]
        /// The name inside of the member that is an object itself; nil for a member of the object.
        package var inner: [UInt8]?
        /// Text with its escapes resolved; numbers and truth values as they are written.
        package var value: [UInt8]
    }

    /// Calls `visit` for each member; nulls, arrays and what is nested deeper are passed over, but must be JSON.
    package static func read(
        _ document: Span<UInt8>,
        _ visit: (Member) throws(InvalidField) -> Void
    ) throws(InvalidField) {
        var reader = try JSONReader(document)
        try reader.object("line") { reader, name throws(InvalidField) in
            try read(&reader, name, visit)
        }
        try reader.end()
    }

    private static func read(
        _ reader: inout JSONReader,
        _ name: [UInt8],
        _ visit: (Member) throws(InvalidField) -> Void
    ) throws(InvalidField) {
        reader.skipSpace()
        guard reader.peek == UInt8(ascii: "{") else {
            if let value = try reader.scalar() { try visit(Member(name: name, inner: nil, value: value)) }
            return
        }
        try reader.object("line") { reader, inner throws(InvalidField) in
            if let value = try reader.scalar() { try visit(Member(name: name, inner: inner, value: value)) }
        }
    }
}

extension JSONReader {
    /// Reads any value and returns it where it is text, a number or a truth value.
    fileprivate mutating func scalar(depth: Int = 0) throws(InvalidField) -> [UInt8]? {
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""): return try string("line")
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return try bool("line") ? Array("true".utf8) : Array("false".utf8)
        case UInt8(ascii: "n"):
            guard null() else { throw malformed }
            return nil
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            // The reader's own depth is that of the messages; what is skipped has one of its own.
            if depth == 64 { throw InvalidField("line", "is nested deeper than 64 levels") }
            try skip(depth: depth + 1)
            return nil
        default:
            let start = position
            var end = start
            guard JSONNumber(bytes, at: &end) != nil else { throw malformed }
            while position < end { advance() }
            return Array(bytes[start..<end])
        }
    }

    private mutating func skip(depth: Int) throws(InvalidField) {
        if peek == UInt8(ascii: "[") {
            try array("line") { reader, _ throws(InvalidField) in _ = try reader.scalar(depth: depth) }
        } else {
            try object("line") { reader, _ throws(InvalidField) in _ = try reader.scalar(depth: depth) }
        }
    }
}
