import LimitCore

/// A counter's identity in memory: 128 bits of keyed hash over its name's digest, client and scope.
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
        hash.add(counter.digest.high)
        hash.add(counter.digest.low)
        hash.add(UInt64(counter.client.count) << 32 | UInt64(counter.scope.count))
        hash.add(UnsafeRawBufferPointer(rebasing: text[counter.client.indices]))
        if !counter.scope.isEmpty { hash.add(UnsafeRawBufferPointer(rebasing: text[counter.scope.indices])) }
        (high, low) = hash.finish()
    }

    /// The key as a lease carries it.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for part in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: part >> shift)) }
        }
        return bytes
    }

    /// The key that a lease carries; nil where the bytes are none.
    init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
