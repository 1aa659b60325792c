import WireProtocol

/// What an HTTP/2 connection may hold, in bytes or items.
enum HTTP2Bounds {
    /// Streams open at once.
    static let streams: UInt32 = 256
    /// Room for the longest request, so that a call never waits for more.
    static let streamWindow: UInt32 = 128 << 10
    static let connectionWindow: Int32 = 1 << 20
    /// Header fields of one request: names, values and 32 for each (RFC 9113, 6.5.2). One past it gets HTTP 431.
    static let headerList = 8 << 10
    /// Past this many the peer is no caller with long metadata: the connection ends.
    static let hostileHeaderList = 64 << 10
    static let headerTable = 4 << 10
    /// Frames that go on a header block.
    static let continuations = 8
    /// A message and its prefix.
    static let request = GRPCMessage.prefixCount + WireBounds.requestFrame
    /// Requests of one connection that are not whole.
    static let unfinishedRequests = 4 << 20
    /// Answers of one connection that its peer gives no room for.
    static let unsentAnswers = 8 << 20
    /// What a call at rest keeps for the next one.
    static let keptCapacity = 1 << 10
    /// Of a grpc-message, before it is encoded.
    static let statusMessage = 1 << 10
}
