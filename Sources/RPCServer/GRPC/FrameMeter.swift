/// Follows the frames of an HTTP/2 connection (RFC 9113, 4.1) by their headers alone, and counts what floods are made of.
///
/// It sees every frame, also those that libnghttp2 ignores, and knows whether one is begun and not complete.
struct FrameMeter {
    private static let prefaceCount = 24
    private static let headerCount = 9

    private(set) var budget = FloodBudget()
    /// What of the connection preface is still to come.
    private var preface = FrameMeter.prefaceCount
    /// What of the current payload is still to come.
    private var rest = 0
    /// The bytes of a header that has not all come, at the low end.
    private var header: UInt128 = 0
    private var headerBytes = 0
    /// A header block has begun and not ended.
    private var isInHeaderBlock = false
    private var continuations = 0

    /// Follows more bytes and returns how many frames have ended in them.
    mutating func read(_ bytes: Span<UInt8>) -> Int {
        var position = min(preface, bytes.count)
        preface -= position
        var ended = 0
        while position < bytes.count {
            if headerBytes < Self.headerCount {
                header = header << 8 | UInt128(bytes[position])
                headerBytes += 1
                position += 1
                guard headerBytes == Self.headerCount else { continue }
                begin()
            }
            let count = min(rest, bytes.count - position)
            rest -= count
            position += count
            if rest == 0 {
                headerBytes = 0
                ended += 1
            }
        }
        return ended
    }

    /// A frame, a header block or the preface has begun and not ended.
    var isPartial: Bool {
        (preface > 0 && preface < Self.prefaceCount) || headerBytes > 0 || isInHeaderBlock
    }

    /// What the peer has done too much of.
    var excess: FloodBudget.Excess? {
        continuations > HTTP2Bounds.continuations ? .continuations : budget.excess
    }

    /// A stream had to be reset for what the peer did.
    mutating func countForcedReset() { budget.countReset() }

    /// Called about once a second.
    mutating func tick() { budget.tick() }

    private mutating func begin() {
        rest = Int(header >> 48 & 0xFF_FFFF)
        let type = UInt8(truncatingIfNeeded: header >> 40)
        let flags = UInt8(truncatingIfNeeded: header >> 32)
        header = 0
        let endsStream = flags & 0x1 != 0
        let endsHeaders = flags & 0x4 != 0
        switch type {
        case 0x0:
            if rest == 0, !endsStream { budget.countControl() }
        case 0x1:
            budget.countStream()
            isInHeaderBlock = !endsHeaders
            continuations = 0
        case 0x3: budget.countReset()
        case 0x4, 0x6: budget.countControl(answered: true)
        case 0x7: break
        case 0x9:
            continuations += 1
            if endsHeaders { isInHeaderBlock = false }
        default: budget.countControl()
        }
    }
}
