import LimitCore
package import WireProtocol

/// The frame of a check, encoded once: for each call only the call id and the client's number are written into it.
///
/// Client ids are `bench-` and a number of fixed width, so all frames have one length, and no table of a frame per
/// client competes with the server for the cache.
package struct CheckTemplate: Sendable {
    private let bytes: [UInt8]
    private let digits: Range<Int>

    /// Bytes of each frame.
    package var count: Int { bytes.count }

    /// A template for checks by `clients` different clients.
    package init(route: String, limits: [String], allLimits: Bool, clients: Int) throws(WireError) {
        let width = String(max(clients - 1, 0)).utf8.count
        var request = CheckRequest(client: "bench-" + String(repeating: "0", count: width), route: route)
        request.limits = limits.map { CheckRequest.InlineLimit(rate: $0) }
        request.allLimits = allLimits
        var bytes: [UInt8] = []
        let encoder = MessageEncoder(arenaBytes: 64 << 10)
        try Frame.appendRequest(.check, call: 0, to: &bytes) { out throws(WireError) in
            try encoder.append(request, to: &out)
        }
        // The client is the message's first field: a tag and a length of one byte each.
        let start = Frame.headerCount + 2 + "bench-".utf8.count
        precondition(
            bytes[Frame.headerCount] == 0x0A && bytes[start..<start + width].allSatisfy { $0 == 0x30 },
            "the client is not where a check's frame begins"
        )
        self.bytes = bytes
        digits = start..<start + width
    }

    /// Writes the frame of one call to memory that has room for `count` bytes.
    package func write(call: UInt32, client: Int, to out: UnsafeMutablePointer<UInt8>) {
        bytes.withUnsafeBufferPointer { template in
            guard let base = template.baseAddress else { return }
            out.update(from: base, count: template.count)
        }
        UnsafeMutableRawPointer(out).storeBytes(of: call.bigEndian, toByteOffset: 8, as: UInt32.self)
        var rest = UInt64(truncatingIfNeeded: client)
        var position = digits.upperBound
        while rest > 0, position > digits.lowerBound {
            position -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            out[position] = 0x30 + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
    }
}
