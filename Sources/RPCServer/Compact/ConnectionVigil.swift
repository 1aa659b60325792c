import NIOCore

/// What a connection has been waiting for, and since when. A lane looks once a second.
struct ConnectionVigil {
    enum Finding: Equatable {
        case rest
        /// Quiet for long: ask whether the peer is still there.
        case ping
        /// Overdue, and the reason.
        case close(String)
    }

    private let settings: RPCSettings
    /// By when the first frame must have come; nil once it has.
    private var handshake: NIODeadline?
    private var partialSince: NIODeadline?
    private var blockedSince: NIODeadline?
    /// Whole sweeps without a frame, so that the hot path reads no clock.
    private var quietTicks: Int64 = 0
    private var hasPinged = false

    init(_ settings: RPCSettings, handshake: NIODeadline) {
        self.settings = settings
        self.handshake = handshake
    }

    mutating func received(frames: Bool, isPartial: Bool) {
        if frames {
            handshake = nil
            quietTicks = 0
            hasPinged = false
        }
        if !isPartial {
            partialSince = nil
        } else if partialSince == nil || frames {
            partialSince = .now()
        }
    }

    mutating func writability(_ isWritable: Bool) {
        blockedSince = isWritable ? nil : .now()
    }

    /// Called about once a second.
    mutating func tick(now: NIODeadline, hasCalls: Bool) -> Finding {
        if let handshake, now >= handshake { return .close("no frame within the handshake timeout") }
        if let partialSince, now - partialSince >= settings.frameTimeout { return .close("a frame was not completed") }
        if let blockedSince, now - blockedSince >= settings.writeTimeout { return .close("answers are not read") }
        quietTicks += hasCalls ? 0 : 1
        let quiet = TimeAmount.seconds(quietTicks)
        if !hasPinged, quiet.nanoseconds >= settings.idleTimeout.nanoseconds / 5 * 4 {
            hasPinged = true
            return .ping
        }
        return quiet >= settings.idleTimeout ? .close("idle") : .rest
    }
}
