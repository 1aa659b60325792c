internal import Crypto
import LimitCore

/// Makes the keys of counters: `<prefix>:{<tag>}:<name>`, and `{<scope>}` after it where the counter has one.
///
/// Tag and scope are keyed 128-bit hashes, so no client id and no attribute is in Redis in clear, and nobody outside
/// can choose which slot a counter lies in. A deployment has one secret; each purpose derives its own key from it.
struct CounterKeys {
    private let head: [UInt8]
    /// How many bytes of a key are the same for all; a lease leaves them out.
    let prefixLength: Int
    private let clients: KeyedHash
    private let names: KeyedHash
    private let scopes: KeyedHash
    private var cache = TagCache()
    private var scratch: [UInt8] = []

    init(prefix: String, secret: SymmetricKey) {
        head = Array("\(prefix):{".utf8)
        prefixLength = head.count - 1
        let tags = Self.derive("counter tag", from: secret)
        clients = KeyedHash(key: tags, purpose: 0)
        names = KeyedHash(key: tags, purpose: 1)
        scopes = KeyedHash(key: Self.derive("counter scope", from: secret), purpose: 2)
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
            append(scratch[...], names, purpose: 1, to: &keys)
        } else {
            append(text[counter.client.indices], clients, purpose: 0, to: &keys)
        }
        keys.append(UInt8(ascii: "}"))
        keys.append(UInt8(ascii: ":"))
        keys.append(contentsOf: text[counter.name.indices])
        guard !counter.scope.isEmpty else { return }
        keys.append(UInt8(ascii: "{"))
        scopes.append(text[counter.scope.indices], to: &keys)
        keys.append(UInt8(ascii: "}"))
    }

    /// The slot of a Cluster that a counter lies in.
    mutating func slot(of counter: Counter, in text: [UInt8]) -> Int {
        var key: [UInt8] = []
        append(counter, in: text, to: &key)
        return SlotMap.slot(of: key[head.count..<head.count + KeyedHash.length])
    }

    /// Appends the key that a lease names its counter by.
    func append(held key: [UInt8], to keys: inout [UInt8]) {
        keys.append(contentsOf: head.dropLast())
        keys.append(contentsOf: key)
    }

    /// Appends the key of a lease's record, which lies in the slot of the lease's first charge.
    func append(recordOf operation: LeaseOperation, to keys: inout [UInt8]) {
        let id = Self.hexadecimal(operation.id)
        keys.append(contentsOf: head)
        keys.append(contentsOf: operation.charges.first.map { Self.tag(of: $0.key) } ?? id[...])
        keys.append(contentsOf: "}:lease:".utf8)
        keys.append(contentsOf: id)
    }

    /// The slot of a Cluster that a lease's counter lies in.
    static func slot(ofHeld key: [UInt8]) -> Int { SlotMap.slot(of: tag(of: key)) }

    /// The slot of the record of a lease that holds nothing.
    static func slot(ofLease id: UInt64) -> Int { SlotMap.slot(of: hexadecimal(id)[...]) }

    /// What a held key has between its braces.
    private static func tag(of key: [UInt8]) -> ArraySlice<UInt8> {
        key.dropFirst().prefix { $0 != UInt8(ascii: "}") }
    }

    private static func hexadecimal(_ id: UInt64) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return stride(from: UInt64(60), through: 0, by: -4).map { digits[Int(id >> $0 & 15)] }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>, _ hash: KeyedHash, purpose: UInt8, to keys: inout [UInt8])
    {
        if cache.append(bytes, purpose, to: &keys) { return }
        hash.append(bytes, to: &keys)
        cache.insert(bytes, purpose, keys.suffix(KeyedHash.length))
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
}

/// The tags of clients seen lately: a hash costs more than everything else a lane does for a check.
private struct TagCache {
    private static let slots = 2048
    private static let longest = 70
    /// What a slot holds: purpose, length, the bytes, the tag.
    private static let stride = 2 + longest + KeyedHash.length

    private var table = [UInt8](repeating: 0, count: slots * stride)

    /// Appends the tag that these bytes have; false where it is not known.
    func append(_ bytes: ArraySlice<UInt8>, _ purpose: UInt8, to keys: inout [UInt8]) -> Bool {
        guard !bytes.isEmpty, bytes.count <= Self.longest else { return false }
        let slot = slot(of: bytes, purpose)
        guard table[slot] == purpose, table[slot + 1] == UInt8(bytes.count) else { return false }
        guard table[slot + 2..<slot + 2 + bytes.count].elementsEqual(bytes) else { return false }
        keys.append(contentsOf: table[slot + 2 + Self.longest..<slot + Self.stride])
        return true
    }

    mutating func insert(_ bytes: ArraySlice<UInt8>, _ purpose: UInt8, _ tag: ArraySlice<UInt8>) {
        guard !bytes.isEmpty, bytes.count <= Self.longest else { return }
        let slot = slot(of: bytes, purpose)
        table.withUnsafeMutableBufferPointer { table in
            table[slot] = purpose
            table[slot + 1] = UInt8(bytes.count)
            _ = table[(slot + 2)...].update(fromContentsOf: bytes)
            _ = table[(slot + 2 + Self.longest)...].update(fromContentsOf: tag)
        }
    }

    private func slot(of bytes: ArraySlice<UInt8>, _ purpose: UInt8) -> Int {
        var hasher = Hasher()
        hasher.combine(purpose)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        return Int(UInt(bitPattern: hasher.finalize()) % UInt(Self.slots)) * Self.stride
    }
}
