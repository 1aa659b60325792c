/// What lies at the front of a connection's bytes.
package enum FrameStep: Sendable, Equatable {
    /// The frame is not complete: it ends at this many bytes from the start, as far as is known yet.
    case needMore(total: Int)
    /// A whole frame. The next one begins where the payload ends.
    case frame(Frame, payload: Range<Int>)
    /// The announced payload is past the bound: say so and close.
    case tooLong(Frame, payloadCount: UInt32)
}

/// Finds frames in what a connection has received so far. It holds nothing and copies nothing.
package enum FrameReader {
    /// The frame that begins at `start`, whose payload may have up to `bound` bytes.
    ///
    /// An oversized frame is known by its header, so no more than `bound` bytes and a header ever need be kept.
    package static func next(
        in bytes: Span<UInt8>,
        from start: Int = 0,
        bound: Int = WireBounds.requestFrame
    ) -> FrameStep {
        let body = start + Frame.headerCount
        guard bytes.count >= body else { return .needMore(total: Frame.headerCount) }
        let announced = bytes.bigEndian32(at: start)
        let frame = Frame(
            kind: bytes[start + 4],
            flags: bytes[start + 5],
            detail: UInt16(bytes[start + 6]) << 8 | UInt16(bytes[start + 7]),
            call: bytes.bigEndian32(at: start + 8)
        )
        guard let count = Int(exactly: announced), count <= bound else {
            return .tooLong(frame, payloadCount: announced)
        }
        guard bytes.count - body >= count else { return .needMore(total: Frame.headerCount + count) }
        return .frame(frame, payload: body..<body + count)
    }
}

extension Span<UInt8> {
    fileprivate func bigEndian32(at index: Int) -> UInt32 {
        UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16
            | UInt32(self[index + 2]) << 8 | UInt32(self[index + 3])
    }
}
