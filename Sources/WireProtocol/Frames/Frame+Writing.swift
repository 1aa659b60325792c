extension Frame {
    /// Appends a request, its payload written by `payload`. What `payload` throws leaves nothing behind.
    package static func appendRequest(
        _ kind: FrameKind,
        call: UInt32,
        millisecondsLeft: UInt64 = 0,
        to out: inout [UInt8],
        payload: (inout [UInt8]) throws(WireError) -> Void
    ) throws(WireError) {
        let frame = Frame(kind: kind.rawValue, flags: 0, detail: UInt16(clamping: millisecondsLeft), call: call)
        try frame.append(to: &out, bound: WireBounds.requestFrame, payload)
    }

    /// Appends the response to a call that was carried out.
    ///
    /// An answer that is past the bound of a response becomes a failure with RESOURCE_EXHAUSTED.
    package static func appendResponse(
        _ kind: FrameKind,
        call: UInt32,
        to out: inout [UInt8],
        payload: (inout [UInt8]) throws(WireError) -> Void
    ) {
        let frame = Frame(kind: kind.rawValue, flags: responseFlag, detail: StatusCode.ok.rawValue, call: call)
        do throws(WireError) {
            try frame.append(to: &out, bound: WireBounds.responseFrame, payload)
        } catch {
            appendFailure(kind.rawValue, call: call, error, to: &out)
        }
    }

    /// Appends the response to a call that failed: its status, and a `Failure` that says why.
    ///
    /// The kind is a number because a request of unknown kind is answered with its own.
    package static func appendFailure(_ kind: UInt8, call: UInt32, _ error: WireError, to out: inout [UInt8]) {
        let start = out.count
        Frame(kind: kind, flags: responseFlag, detail: error.code.rawValue, call: call).appendHeader(to: &out)
        out.appendFailure(error.message)
        setLength(of: start, in: &out)
    }

    /// Appends the daemon's farewell: no call belongs to it, its status and `Failure` say why.
    package static func appendGoAway(_ reason: WireError, to out: inout [UInt8]) {
        appendFailure(FrameKind.goAway.rawValue, call: 0, reason, to: &out)
    }

    private func append(
        to out: inout [UInt8],
        bound: Int,
        _ payload: (inout [UInt8]) throws(WireError) -> Void
    ) throws(WireError) {
        let start = out.count
        appendHeader(to: &out)
        do throws(WireError) {
            try payload(&out)
            guard out.count - start - Frame.headerCount <= bound else {
                throw WireError(.resourceExhausted, "the message is longer than \(bound) bytes")
            }
        } catch {
            out.removeLast(out.count - start)
            throw error
        }
        Frame.setLength(of: start, in: &out)
    }

    /// Appends the header with length 0; `setLength` corrects it when the payload is there.
    private func appendHeader(to out: inout [UInt8]) {
        out.append(addingCapacity: Frame.headerCount) { header in
            header.append(repeating: 0, count: 4)
            header.append(kind)
            header.append(flags)
            header.append(UInt8(detail >> 8))
            header.append(UInt8(truncatingIfNeeded: detail))
            header.append(UInt8(call >> 24))
            header.append(UInt8(truncatingIfNeeded: call >> 16))
            header.append(UInt8(truncatingIfNeeded: call >> 8))
            header.append(UInt8(truncatingIfNeeded: call))
        }
    }

    private static func setLength(of start: Int, in out: inout [UInt8]) {
        let count = UInt32(clamping: out.count - start - headerCount)
        var header = out.mutableSpan
        header[start] = UInt8(count >> 24)
        header[start + 1] = UInt8(truncatingIfNeeded: count >> 16)
        header[start + 2] = UInt8(truncatingIfNeeded: count >> 8)
        header[start + 3] = UInt8(truncatingIfNeeded: count)
    }
}
