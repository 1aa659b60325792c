import NIOCore

/// What a connection has been waiting for, and since when. A lane looks once a second.
struct ConnectionVigil {
    enum Finding: Equatable {
        case rest
        /// Quiet for long: ask whether the peer is still there.
        case ping
        /// Open for as long as a connection may be: ask the peer to dial again. It is served until it leaves, or for
        /// as long as a drain takes.
        case retire
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
    /// Why a connection is retired.
    static let oldAge = "the connection is old: dial again"
    private var age: Int64 = 0
    /// The age to retire at, in seconds: connections that came together do not go together.
    private let retirement: Int64?

    init(_ settings: RPCSettings, handshake: NIODeadline) {
        self.settings = settings
        self.handshake = handshake
        retirement = settings.maxConnectionAge.map { age in
            let seconds = max(1, age.nanoseconds / 1_000_000_000)
            return seconds - seconds / 10 + Int64.random(in: 0...seconds / 5)
        }
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
        age += 1
        if let retirement {
            if age == retirement { return .retire }
            if age > retirement + settings.drainTimeout.nanoseconds / 1_000_000_000 { return .close(Self.oldAge) }
        }
        quietTicks += hasCalls ? 0 : 1
        let quiet = TimeAmount.seconds(quietTicks)
        if !hasPinged, quiet.nanoseconds >= settings.idleTimeout.nanoseconds / 5 * 4 {
            hasPinged = true
            return .ping
        }
        return quiet >= settings.idleTimeout ? .close("idle") : .rest
    }
}
