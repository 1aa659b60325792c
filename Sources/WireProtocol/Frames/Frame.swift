/// What a frame is about.
package enum FrameKind: UInt8, Sendable, CaseIterable {
    case hello = 1
    case check = 2
    case checkMany = 3
    case settle = 4
    case renew = 5
    case report = 6
    case ping = 7
    case goAway = 8
}

/// A frame of the compact framing: a header of 12 bytes, big-endian, and a payload.
package struct Frame: Sendable, Equatable {
    /// What a client sends first: `HGATE/1` and a newline.
    package static let preface: [UInt8] = [0x48, 0x47, 0x41, 0x54, 0x45, 0x2F, 0x31, 0x0A]
    package static let headerCount = 12
    /// Set on a response. The other flags are 0.
    package static let responseFlag: UInt8 = 1

    /// A `FrameKind`, or a number of a later version.
    package var kind: UInt8
    package var flags: UInt8
    /// Of a request, the time left in milliseconds, 0 for none; of a response, a `StatusCode`.
    package var detail: UInt16
    /// Chosen by the client, not 0, unique among its calls in flight.
    package var call: UInt32

    package init(kind: UInt8, flags: UInt8, detail: UInt16, call: UInt32) {
        self.kind = kind
        self.flags = flags
        self.detail = detail
        self.call = call
    }

    package var isResponse: Bool { flags & Frame.responseFlag != 0 }

    /// Of a request: how long the caller still waits, in milliseconds; nil where it does not say.
    package var millisecondsLeft: UInt16? { detail == 0 ? nil : detail }

    /// Of a response: how the call ended.
    package var status: StatusCode { StatusCode(wire: detail) }
}
