import LimitCore

/// Writes a lease as the bytes of its token.
struct TokenWriter {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(256) }

    mutating func append(byte: UInt8) { bytes.append(byte) }

    mutating func append(_ lease: Lease) {
        append(fixed: lease.id)
        switch lease.home {
        case .shared: append(byte: 0)
        case .daemon(let id):
            append(byte: 1)
            append(fixed: id)
        }
        append(lease.expiry)
        append(lease.time)
        append(Int64(lease.parts.count))
        for part in lease.parts { append(part) }
    }

    private mutating func append(_ part: Lease.Part) {
        append(counted: Array(part.unit.utf8))
        append(part.times)
        append(counted: part.held.key)
        append(part.held.limit)
        append(part.held.amount)
        append(part.held.stamp)
        append(part.held.mark)
    }

    private mutating func append(_ limit: Limit) {
        append(byte: limit.algorithm.rawValue)
        append(byte: limit.calendar.map { $0.rawValue + 1 } ?? 0)
        append(limit.window)
        append(limit.count)
        append(limit.capacity)
    }

    private mutating func append(counted part: [UInt8]) {
        append(Int64(part.count))
        bytes += part
    }

    private mutating func append(fixed number: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) { append(byte: UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// A number of at least 0.
    private mutating func append(_ number: Int64) {
        var rest = UInt64(max(0, number))
        while rest >= 0x80 {
            append(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(byte: UInt8(rest))
    }
}
