internal import Crypto

/// HMAC-SHA-256 under one key and for one purpose, cut to 128 bits and written as 22 characters.
///
/// The key's two blocks and the purpose are hashed once and every hash starts from there, which leaves two blocks of
/// SHA-256 to a hash. `HMAC<SHA256>` would do the same for three times the price, most of it in its generic layers.
struct KeyedHash {
    static let length = 22
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private let inner: SHA256
    private let outer: SHA256

    /// - Parameters:
    ///   - key: at most a block of SHA-256, 64 bytes.
    ///   - purpose: hashed before the message.
    init(key: SymmetricKey, purpose: UInt8) {
        let block = key.withUnsafeBytes { key in
            precondition(key.count <= SHA256.blockByteCount, "the key of a hash is at most one block")
            return Array(key) + [UInt8](repeating: 0, count: SHA256.blockByteCount - key.count)
        }
        inner = Self.start(block.map { $0 ^ 0x36 } + [purpose])
        outer = Self.start(block.map { $0 ^ 0x5c })
    }

    /// Appends the hash of `message` to `text`, in base64 with `-` and `_` and without padding.
    func append(_ message: ArraySlice<UInt8>, to text: inout [UInt8]) {
        var inner = inner
        message.withUnsafeBytes { inner.update(bufferPointer: $0) }
        var outer = outer
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        let bits = outer.finalize().withUnsafeBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
        Self.alphabet.withUnsafeBufferPointer { alphabet in
            for shift in stride(from: 122, to: 0, by: -6) {
                text.append(alphabet[Int(truncatingIfNeeded: bits >> UInt128(shift)) & 63])
            }
            text.append(alphabet[Int(truncatingIfNeeded: bits << 4) & 63])
        }
    }

    private static func start(_ bytes: [UInt8]) -> SHA256 {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash
    }
}
