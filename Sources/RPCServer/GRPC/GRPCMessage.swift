import WireProtocol

/// Messages as gRPC puts them into a stream: a flag, a length of four bytes, and the message.
enum GRPCMessage {
    static let prefixCount = 5

    struct Prefix: Equatable {
        var isCompressed: Bool
        var count: Int
    }

    /// The prefix at a position; nil where it is not whole. Throws where no message of ours can follow it.
    static func prefix(of bytes: Span<UInt8>, at position: Int = 0) throws(WireError) -> Prefix? {
        guard bytes.count - position >= prefixCount else { return nil }
        guard bytes[position] <= 1 else {
            throw WireError(.internal, "the message prefix has flags that are not known")
        }
        var count = 0
        for index in position + 1..<position + prefixCount { count = count << 8 | Int(bytes[index]) }
        guard count <= WireBounds.requestFrame else {
            throw WireError(
                .resourceExhausted,
                "the message of \(count) bytes is longer than \(WireBounds.requestFrame)"
            )
        }
        return Prefix(isCompressed: bytes[position] == 1, count: count)
    }

    /// The only message of a unary call, as its prefix and where it lies.
    static func only(in bytes: Span<UInt8>) throws(WireError) -> (prefix: Prefix, message: Range<Int>) {
        if bytes.isEmpty { throw WireError(.unimplemented, "the call came without a message") }
        guard let prefix = try prefix(of: bytes), bytes.count - prefixCount >= prefix.count else {
            throw WireError(.internal, "the call ended within its message")
        }
        let end = prefixCount + prefix.count
        guard bytes.count == end else { throw WireError(.unimplemented, "the call has more than one message") }
        return (prefix, prefixCount..<end)
    }

    /// Appends a message as it is. One past the bound of a response is refused, and nothing is appended.
    static func append(
        to out: inout [UInt8],
        _ encode: (inout [UInt8]) throws(WireError) -> Void
    ) throws(WireError) {
        let start = out.count
        out.append(addingCapacity: prefixCount) { $0.append(repeating: 0, count: prefixCount) }
        do throws(WireError) {
            try encode(&out)
            guard out.count - start - prefixCount <= WireBounds.responseFrame else {
                throw WireError(.resourceExhausted, "the message is longer than \(WireBounds.responseFrame) bytes")
            }
        } catch {
            out.removeLast(out.count - start)
            throw error
        }
        let count = UInt32(clamping: out.count - start - prefixCount)
        var prefix = out.mutableSpan
        for index in 0..<4 { prefix[start + 1 + index] = UInt8(truncatingIfNeeded: count >> (24 - 8 * index)) }
    }
}
