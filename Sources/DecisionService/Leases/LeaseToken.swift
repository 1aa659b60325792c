import Crypto
import LimitCore

/// A lease as bytes: opaque to whoever carries it, and authenticated, so that nobody can make or change one.
///
/// A version, the lease, and the first 16 bytes of HMAC-SHA-256 over both. Numbers are LEB128.
package struct LeaseToken {
    /// The longest a token may be.
    package static let longest = 1024
    private static let version: UInt8 = 1
    private static let codeLength = 16

    private let secrets: LeaseSecrets

    package init(_ secrets: LeaseSecrets) {
        self.secrets = secrets
    }

    /// Seals a lease.
    ///
    /// What does not fit is left out, requests first and slots last, and stays charged when the lease is settled.
    package func seal(_ lease: Lease) -> [UInt8] {
        var lease = lease
        while true {
            var writer = TokenWriter()
            writer.append(byte: Self.version)
            writer.append(lease)
            if writer.bytes.count + Self.codeLength <= Self.longest {
                return writer.bytes + Self.code(writer.bytes, secrets.keys[0])
            }
            guard let last = Self.leastImportant(lease.parts) else { return [] }
            lease.parts.remove(at: last)
        }
    }

    /// The lease that a token carries; nil where this deployment did not seal it.
    package func open(_ token: [UInt8]) -> Lease? {
        guard token.count > Self.codeLength, token.count <= Self.longest else { return nil }
        let body = Array(token.dropLast(Self.codeLength))
        let code = Array(token.suffix(Self.codeLength))
        guard secrets.keys.contains(where: { Self.isSame(Self.code(body, $0), code) }) else { return nil }
        var reader = TokenReader(body)
        guard reader.byte() == Self.version, let lease = reader.lease(), reader.isAtEnd else { return nil }
        return lease
    }

    private static func leastImportant(_ parts: [Lease.Part]) -> Int? {
        let rank = { (part: Lease.Part) in
            part.held.limit.algorithm == .concurrency ? 2 : part.unit == "requests" || part.unit.isEmpty ? 0 : 1
        }
        return parts.indices.min { (rank(parts[$0]), -$0) < (rank(parts[$1]), -$1) }
    }

    private static func code(_ body: [UInt8], _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: body, using: key).prefix(codeLength))
    }

    /// In a time that does not tell how much of it is the same.
    private static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count && zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
