import Crypto
import Testing

@testable import RedisStore

struct KeyedHashTests {
    @Test func `a hash is the first half of HMAC-SHA-256, in base64`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Seeded(seed)
        for length in 0..<200 {
            let key = SymmetricKey(data: (0..<random.pick([16, 32, 64])).map { _ in random.pick(Array(0...255)) })
            let message = (0..<length).map { _ in random.pick(Array<UInt8>(0...255)) }
            var text = Array("before".utf8)
            KeyedHash(key: key, purpose: 7).append(message[...], to: &text)
            let code = Array(HMAC<SHA256>.authenticationCode(for: [7] + message, using: key))
            let expected = "before" + base64(code.prefix(16))
            #expect(String(decoding: text, as: UTF8.self) == expected, "seed \(seed) length \(length)")
        }
    }

    /// Bit by bit, another way than the one under test.
    private func base64(_ bytes: ArraySlice<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var bits = bytes.flatMap { byte in (0..<8).map { Int(byte) >> (7 - $0) & 1 } }
        while bits.count % 6 > 0 { bits.append(0) }
        let values = stride(from: 0, to: bits.count, by: 6).map { bits[$0..<$0 + 6].reduce(0) { $0 * 2 + $1 } }
        return String(values.map { alphabet[$0] })
    }
}
