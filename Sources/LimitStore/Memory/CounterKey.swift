import LimitCore

/// A counter's identity in memory: 128 bits of keyed hash over its name, client and scope.
struct CounterKey: Equatable {
    var high: UInt64
    var low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Hashes the parts with their lengths in front, so that no two counters spell the same bytes.
    init(_ counter: Counter, in text: UnsafeRawBufferPointer, secret: (UInt64, UInt64)) {
        var hash = SipHash128(key: secret)
        hash.add(UInt64(counter.name.count) | UInt64(counter.client.count) << 32)
        hash.add(Self.slice(counter.name, of: text))
        hash.add(Self.slice(counter.client, of: text))
        if counter.scope.count > 0 { hash.add(Self.slice(counter.scope, of: text)) }
        (high, low) = hash.finish()
    }

    private static func slice(_ range: ByteRange, of text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[range.indices])
    }
}
