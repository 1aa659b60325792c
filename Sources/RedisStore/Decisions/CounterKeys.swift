internal import Crypto
import LimitCore

/// Makes the keys of counters: `<prefix>:{<tag>}:<name>`, and `{<scope>}` after it where the counter has one.
///
/// Tag and scope are keyed 128-bit hashes, so no client id and no attribute is in Redis in clear, and nobody outside
/// can choose which slot a counter lies in. A deployment has one secret; each purpose derives its own key from it.
struct CounterKeys {
    private let head: [UInt8]
    private let tags: HMAC<SHA256>
    private let scopes: HMAC<SHA256>
    private var cache = TagCache()
    private var scratch: [UInt8] = []

    init(prefix: String, secret: SymmetricKey) {
        head = Array("\(prefix):{".utf8)
        tags = HMAC<SHA256>(key: Self.derive("counter tag", from: secret))
        scopes = HMAC<SHA256>(key: Self.derive("counter scope", from: secret))
    }

    /// Appends a counter's key to `keys`.
    mutating func append(_ counter: Counter, in text: [UInt8], to keys: inout [UInt8]) {
        keys.append(contentsOf: head)
        if counter.client.isEmpty {
            // Counters of all clients spread over the slots by what they are.
            scratch.removeAll(keepingCapacity: true)
            Self.append(length: counter.name.count, to: &scratch)
            scratch.append(contentsOf: text[counter.name.indices])
            scratch.append(contentsOf: text[counter.scope.indices])
            keys.append(contentsOf: tag(of: scratch[...], purpose: 1))
        } else {
            keys.append(contentsOf: tag(of: text[counter.client.indices], purpose: 0))
        }
        keys.append(UInt8(ascii: "}"))
        keys.append(UInt8(ascii: ":"))
        keys.append(contentsOf: text[counter.name.indices])
        guard !counter.scope.isEmpty else { return }
        keys.append(UInt8(ascii: "{"))
        keys.append(contentsOf: Self.hash(text[counter.scope.indices], purpose: 2, with: scopes))
        keys.append(UInt8(ascii: "}"))
    }

    /// The slot of a Cluster that a counter lies in.
    mutating func slot(of counter: Counter, in text: [UInt8]) -> Int {
        var key: [UInt8] = []
        append(counter, in: text, to: &key)
        return SlotMap.slot(of: key[head.count..<head.count + 22])
    }

    private mutating func tag(of bytes: ArraySlice<UInt8>, purpose: UInt8) -> ArraySlice<UInt8> {
        if let known = cache.find(bytes, purpose) { return known }
        let tag = Self.hash(bytes, purpose: purpose, with: tags)
        cache.insert(bytes, purpose, tag)
        return tag[...]
    }

    private static func hash(_ bytes: ArraySlice<UInt8>, purpose: UInt8, with key: HMAC<SHA256>) -> [UInt8] {
        var hash = key
        hash.update(data: [purpose])
        bytes.withUnsafeBytes { hash.update(data: $0) }
        return hash.finalize().withUnsafeBytes { base64(UnsafeRawBufferPointer(rebasing: $0[..<16])) }
    }

    private static func derive(_ purpose: String, from secret: SymmetricKey) -> SymmetricKey {
        let code = HMAC<SHA256>.authenticationCode(for: Array("headgate redis \(purpose)".utf8), using: secret)
        return SymmetricKey(data: code)
    }

    private static func append(length: UInt32, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: length >> shift))
        }
    }

    /// 128 bits as 22 characters of base64 with `-` and `_`, without padding.
    private static func base64(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(22)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(character(bits >> UInt32(count)))
            }
        }
        if count > 0 { text.append(character(bits << UInt32(6 - count))) }
        return text
    }

    private static func character(_ bits: UInt32) -> UInt8 {
        switch UInt8(truncatingIfNeeded: bits & 63) {
        case let value where value < 26: UInt8(ascii: "A") + value
        case let value where value < 52: UInt8(ascii: "a") + value - 26
        case let value where value < 62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }
}

/// The tags of clients seen lately: a hash costs more than everything else a lane does for a check.
private struct TagCache {
    private static let slots = 2048
    private static let longest = 70
    /// What a slot holds: purpose, length, the bytes, the tag.
    private static let stride = 2 + longest + 22

    private var table = [UInt8](repeating: 0, count: slots * stride)

    func find(_ bytes: ArraySlice<UInt8>, _ purpose: UInt8) -> ArraySlice<UInt8>? {
        guard !bytes.isEmpty, bytes.count <= Self.longest else { return nil }
        let slot = slot(of: bytes, purpose)
        guard table[slot] == purpose, table[slot + 1] == UInt8(bytes.count) else { return nil }
        guard table[slot + 2..<slot + 2 + bytes.count].elementsEqual(bytes) else { return nil }
        return table[slot + 2 + Self.longest..<slot + Self.stride]
    }

    mutating func insert(_ bytes: ArraySlice<UInt8>, _ purpose: UInt8, _ tag: [UInt8]) {
        guard !bytes.isEmpty, bytes.count <= Self.longest else { return }
        let slot = slot(of: bytes, purpose)
        table[slot] = purpose
        table[slot + 1] = UInt8(bytes.count)
        table.replaceSubrange(slot + 2..<slot + 2 + bytes.count, with: bytes)
        table.replaceSubrange(slot + 2 + Self.longest..<slot + Self.stride, with: tag)
    }

    private func slot(of bytes: ArraySlice<UInt8>, _ purpose: UInt8) -> Int {
        var hasher = Hasher()
        hasher.combine(purpose)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        return Int(UInt(bitPattern: hasher.finalize()) % UInt(Self.slots)) * Self.stride
    }
}
