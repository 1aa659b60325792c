/// A frame of HTTP/2 (RFC 9113, 4.1), as a test writes and reads it.
struct HTTP2Frame: Equatable {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let priority: UInt8 = 2
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }

    static let endStream: UInt8 = 1
    static let acknowledged: UInt8 = 1
    static let endHeaders: UInt8 = 4

    var kind: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    var bytes: [UInt8] {
        let count = UInt32(payload.count)
        return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), kind, flags]
            + Self.bigEndian(stream) + payload
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }

    /// The number that begins at a position of the payload.
    func number(at position: Int) -> UInt32 {
        payload[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Fields as HPACK literals that are not indexed (RFC 7541, 6.2.2).
    static func literals(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + text($0.0) + text($0.1) }
    }

    static func text(_ text: String) -> [UInt8] { integer(text.utf8.count, prefix: 7) + text.utf8 }

    /// RFC 7541, 5.1.
    static func integer(_ value: Int, prefix: Int, pattern: UInt8 = 0) -> [UInt8] {
        let most = 1 << prefix - 1
        guard value >= most else { return [pattern | UInt8(value)] }
        var bytes = [pattern | UInt8(most)]
        var rest = value - most
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
