package import LimitCore

/// Decodes the protobuf messages of every dialect: bytes in, values out.
///
/// One per lane or connection, used by one thread at a time: the messages that libprotobuf-c unpacks share its memory,
/// which never grows. Whatever the bytes, a message is decoded whole or refused with a `WireError` that names the
/// field; a request's is INVALID_ARGUMENT, a response's INTERNAL, as the other side broke the contract.
package struct MessageDecoder {
    let arena: Arena

    /// A decoder whose messages may come to `arenaBytes` as C structs. The default is plenty for the largest request;
    /// a client, whose responses go up to 256 KiB, takes `responseArena`.
    package init(arenaBytes: Int = 1 << 20) {
        arena = Arena(capacity: arenaBytes)
    }

    package static let responseArena = 4 << 20

    /// Adds the check of a CheckRequest to the questions and returns its index; one that is refused adds nothing.
    package func decodeCheck(
        _ payload: Span<UInt8>,
        into questions: inout Questions
    ) throws(WireError) -> Int {
        do throws(InvalidField) {
            return try CheckReader.decode(payload, in: 0..<payload.count, into: &questions)
        } catch {
            throw WireError(error)
        }
    }

    /// Adds the 1 to 256 checks of a CheckManyRequest to the questions and returns their indices, or adds none.
    package func decodeCheckMany(
        _ payload: Span<UInt8>,
        into questions: inout Questions
    ) throws(WireError) -> Range<Int> {
        let first = questions.checks.count
        do throws(InvalidField) {
            try CheckReader.decodeAll(payload, into: &questions)
            return first..<questions.checks.count
        } catch {
            questions.removeChecks(downTo: first)
            throw WireError(error)
        }
    }
}

extension CheckReader {
    fileprivate static func decodeAll(_ bytes: Span<UInt8>, into questions: inout Questions) throws(InvalidField) {
        var fields = FieldReader(0..<bytes.count)
        var count = 0
        while try fields.next(in: bytes) {
            guard fields.number == 1 else {
                try fields.skip(in: bytes)
                continue
            }
            let check = try fields.range(in: bytes, "checks")
            try WireBounds.checkCount(count + 1)
            do throws(InvalidField) {
                _ = try decode(bytes, in: check, into: &questions)
            } catch {
                throw error.inside("checks[\(count)]")
            }
            count += 1
        }
        try WireBounds.checkCount(count)
    }
}
