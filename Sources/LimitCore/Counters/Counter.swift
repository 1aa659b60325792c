/// Which counter: its name and what it is counted by.
package struct Counter: Sendable, Equatable {
    /// Rule, limit, unit, algorithm, window and the names of `per`: printable, no secret, the same for all clients.
    package var name: ByteRange
    /// The name once more, as a hash that is made once and not for every charge.
    package var digest: NameDigest
    /// The client the counter belongs to; empty for a counter that is not per client.
    package var client: ByteRange
    /// The other values it is counted by, each length-prefixed, and behind them `#` and the client's reset generation
    /// where there was a reset. May hold secrets.
    package var scope: ByteRange

    package init(name: ByteRange, digest: NameDigest, client: ByteRange, scope: ByteRange) {
        self.name = name
        self.digest = digest
        self.client = client
        self.scope = scope
    }
}

/// 128 bits of keyed hash of a counter's name, good within this process.
package struct NameDigest: Sendable, Equatable {
    package let high: UInt64
    package let low: UInt64

    /// Units of inline limits come from callers, so the key is drawn anew by each process.
    private static let key: (UInt64, UInt64) = {
        var generator = SystemRandomNumberGenerator()
        return (generator.next(), generator.next())
    }()

    package init(_ name: Span<UInt8>) {
        var hash = SipHash128(key: Self.key)
        name.withUnsafeBufferPointer { hash.add(UnsafeRawBufferPointer($0)) }
        (high, low) = hash.finish()
    }
}
