import LimitCore

/// The body of an operator's request about one client. Which fields may be given is up to what is asked.
package struct AdminBody: Sendable, Equatable {
    package enum Field: String, Sendable, CaseIterable {
        case client, message, tier, limit, count, remove, until, by
    }

    /// The fields that are there.
    package private(set) var given: Set<Field> = []
    /// 1 to 512 bytes.
    package private(set) var client = ""
    package private(set) var message = ""
    package private(set) var tier = ""
    package private(set) var limit = ""
    package private(set) var count: Int64 = 0
    package private(set) var remove = false
    package private(set) var until = ""
    package private(set) var by = ""

    /// Reads a body that may have only these fields, `client` and `by` besides.
    package static func decode(_ body: Span<UInt8>, _ fields: Set<Field>) throws(WireError) -> AdminBody {
        var result = AdminBody()
        try JSONRequests.decode(body) { reader throws(InvalidField) in
            try reader.message("body", Field.self) { reader, field throws(InvalidField) in
                guard field == .client || field == .by || fields.contains(field) else {
                    throw InvalidField(field.rawValue, "has no meaning here")
                }
                result.given.insert(field)
                try result.read(field, &reader)
            }
            if result.client.isEmpty { throw InvalidField("client", "is empty") }
        }
        return result
    }

    private mutating func read(_ field: Field, _ reader: inout JSONReader) throws(InvalidField) {
        switch field {
        case .client: client = try text(&reader, "client", atMost: Bounds.client)
        case .message: message = try text(&reader, "message", atMost: 1024)
        case .tier: tier = try text(&reader, "tier", atMost: Bounds.word)
        case .limit: limit = try text(&reader, "limit", atMost: Bounds.route + 1 + Bounds.word)
        case .count:
            guard let number = Int64(exactly: try reader.uint64("count")), number <= Amount.max else {
                throw InvalidField("count", "is above \(Amount.max)")
            }
            count = number
        case .remove: remove = try reader.bool("remove")
        case .until: until = try text(&reader, "until", atMost: Bounds.word)
        case .by: by = try text(&reader, "by", atMost: Bounds.word)
        }
    }

    private func text(
        _ reader: inout JSONReader,
        _ field: StaticString,
        atMost bound: Int
    ) throws(InvalidField) -> String {
        let bytes = try reader.string("\(field)")
        return try WireBounds.text(bytes.span, field, atMost: bound)
    }
}
