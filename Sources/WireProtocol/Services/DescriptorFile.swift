import LimitCore

/// One .proto file as server reflection hands it out, with the names it defines (google/protobuf/descriptor.proto).
package struct DescriptorFile: Sendable {
    /// The serialized FileDescriptorProto.
    package let bytes: [UInt8]
    /// As other files import it: `headgate/v1/limiter.proto`.
    package private(set) var name = ""
    /// Full names of all it defines: services and their methods, messages and their fields, enums and their values.
    package private(set) var symbols: Set<String> = []
    /// Full names of its services.
    package private(set) var services: [String] = []

    /// The file of a FileDescriptorSet that has only this one. The set is one that was generated with the daemon:
    /// another one is a fault of ours.
    package init(set: [UInt8]) {
        var files = FieldReader(0..<set.count)
        guard (try? files.next(in: set.span)) == true, let range = try? files.range(in: set.span, "file") else {
            preconditionFailure("a descriptor set without a file")
        }
        bytes = Array(set[range])
        do throws(InvalidField) {
            try read()
        } catch {
            preconditionFailure("a descriptor that cannot be read: \(error)")
        }
    }

    private mutating func read() throws(InvalidField) {
        let scope = try Self.text(2, of: 0..<bytes.count, in: bytes.span)
        name = try Self.text(1, of: 0..<bytes.count, in: bytes.span)
        try define(0..<bytes.count, inside: scope, messages: 4, enums: 5, members: nil)
        for service in try Self.ranges(6, of: 0..<bytes.count, in: bytes.span) {
            let full = try define(name: service, inside: scope)
            services.append(full)
            for method in try Self.ranges(2, of: service, in: bytes.span) { try define(name: method, inside: full) }
        }
    }

    /// Notes what a file or a message defines, given the numbers of its fields that hold it.
    private mutating func define(
        _ range: Range<Int>,
        inside outer: String,
        messages: UInt32,
        enums: UInt32,
        members: UInt32?
    ) throws(InvalidField) {
        for message in try Self.ranges(messages, of: range, in: bytes.span) {
            let full = try define(name: message, inside: outer)
            try define(message, inside: full, messages: 3, enums: 4, members: 2)
        }
        for item in try Self.ranges(enums, of: range, in: bytes.span) {
            try define(name: item, inside: outer)
            // The values of an enum are names beside it, not inside of it.
            for value in try Self.ranges(2, of: item, in: bytes.span) { try define(name: value, inside: outer) }
        }
        guard let members else { return }
        for field in try Self.ranges(members, of: range, in: bytes.span) { try define(name: field, inside: outer) }
    }

    @discardableResult
    private mutating func define(name range: Range<Int>, inside outer: String) throws(InvalidField) -> String {
        let full = outer + "." + (try Self.text(1, of: range, in: bytes.span))
        symbols.insert(full)
        return full
    }

    private static func ranges(
        _ number: UInt32,
        of message: Range<Int>,
        in bytes: Span<UInt8>
    ) throws(InvalidField) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var fields = FieldReader(message)
        while try fields.next(in: bytes) {
            if fields.number == number {
                found.append(try fields.range(in: bytes, "descriptor"))
            } else {
                try fields.skip(in: bytes)
            }
        }
        return found
    }

    private static func text(
        _ number: UInt32,
        of message: Range<Int>,
        in bytes: Span<UInt8>
    ) throws(InvalidField) -> String {
        guard let range = try ranges(number, of: message, in: bytes).last else { return "" }
        return String(copying: bytes.extracting(range))
    }
}
