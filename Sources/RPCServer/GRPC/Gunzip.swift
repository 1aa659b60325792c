import CZlib
import WireProtocol

/// Inflates messages that came with gzip (RFC 1952), never past the bound of a message. One for a lane.
final class Gunzip {
    private let stream: UnsafeMutablePointer<z_stream>
    private let room: UnsafeMutableBufferPointer<UInt8>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // One more than is allowed tells a message that is too long from one that just fits.
        room = .allocate(capacity: WireBounds.requestFrame + 1)
        room.initialize(repeating: 0)
        guard headgate_zlib_begin_gunzip(stream) == Z_OK else { preconditionFailure("out of memory") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        room.deallocate()
    }

    /// Hands the inflated message to `body`. Bytes that are no gzip get INTERNAL, as gRPC asks.
    func inflate<Value>(
        _ bytes: Span<UInt8>,
        _ body: (Span<UInt8>) throws(WireError) -> Value
    ) throws(WireError) -> Value {
        let count = try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try inflate(bytes) }
        return try body(UnsafeBufferPointer(rebasing: room[..<count]).span)
    }

    private func inflate(_ bytes: UnsafeBufferPointer<UInt8>) throws(WireError) -> Int {
        inflateReset(stream)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(clamping: bytes.count)
        stream.pointee.next_out = room.baseAddress
        stream.pointee.avail_out = UInt32(clamping: room.count)
        let outcome = CZlib.inflate(stream, Z_FINISH)
        let count = room.count - Int(stream.pointee.avail_out)
        guard count <= WireBounds.requestFrame else {
            throw WireError(.resourceExhausted, "the message inflates to more than \(WireBounds.requestFrame) bytes")
        }
        guard outcome == Z_STREAM_END, stream.pointee.avail_in == 0 else {
            throw WireError(.internal, "the message is no valid gzip")
        }
        return count
    }
}
