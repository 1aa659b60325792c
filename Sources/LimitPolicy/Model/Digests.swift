internal import Crypto

/// SHA-256 over bytes that need no Foundation to be passed.
enum Digests {
    static func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize())
    }

    /// The first 8 bytes, big-endian: how a policy is told from another.
    static func fingerprint(_ bytes: Span<UInt8>) -> UInt64 {
        sha256(bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
