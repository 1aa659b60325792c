import LimitCore

/// Bounds of the messages beside the checks, in bytes or items, the same in every dialect.
package enum WireBounds {
    /// Payload of a request frame.
    package static let requestFrame = 64 << 10
    /// Payload of a response frame.
    package static let responseFrame = 256 << 10
    /// Payload of a ping.
    package static let ping = 64
    package static let lease = 1024
    /// Leases of one RenewRequest.
    package static let leases = 256
    package static let replica = 128
    package static let pool = 128
    package static let token = 1024
    /// Name and version of a client library.
    package static let agent = 128
    /// Name of a service, message or file that health or reflection is asked for.
    package static let symbol = 512
    /// The longest silence a replica may ask for: a day.
    package static let ttlMilliseconds: UInt64 = 86_400_000
}

extension WireBounds {
    /// Text of a request: valid UTF-8 without control characters, not longer than the bound.
    static func text(
        _ bytes: Span<UInt8>,
        _ field: StaticString,
        atMost bound: Int
    ) throws(InvalidField) -> String {
        if bytes.count > bound { throw InvalidField("\(field)", "is longer than \(bound) bytes") }
        if let problem = TextProblem.find(in: bytes) { throw InvalidField("\(field)", problem.description) }
        return String(copying: bytes)
    }

    /// A lease as a caller hands it back. Only the daemon that made it can say whether it is one.
    static func lease(_ bytes: Span<UInt8>) throws(InvalidField) -> [UInt8] {
        if bytes.isEmpty { throw InvalidField("lease", "is empty") }
        if bytes.count > lease { throw InvalidField("lease", "is longer than \(lease) bytes") }
        return Array(copying: bytes)
    }

    /// A message of leases has at least one.
    static func leaseCount(_ count: Int) throws(InvalidField) {
        if count == 0 { throw InvalidField("leases", "is empty") }
        if count > leases { throw InvalidField("leases", "has more than \(leases) items") }
    }

    /// A message of checks has at least one.
    static func checkCount(_ count: Int) throws(InvalidField) {
        if count == 0 { throw InvalidField("checks", "is empty") }
        if count > Bounds.checks { throw InvalidField("checks", "has more than \(Bounds.checks) items") }
    }
}

extension Array where Element == UInt8 {
    init(copying bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { Array($0) }
    }
}

extension String {
    /// The bytes as text; where they are no UTF-8, with replacement characters.
    init(copying bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
