/// SHA-256 of a client: how it is called wherever its name must not appear.
package struct ClientDigest: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 32 bytes.
    package let bytes: [UInt8]

    private static let prefix = "sha256:"

    package init(of client: String) {
        bytes = Digests.sha256(Array(client.utf8).span)
    }

    /// Reads `sha256:` and 64 hexadecimal digits; nil for any other text.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let bytes = Hexadecimal.bytes(text.utf8.dropFirst(Self.prefix.utf8.count)), bytes.count == 32
        else { return nil }
        self.bytes = bytes
    }

    /// Either of the two ways to name a client: itself, or its digest.
    package init(naming client: String) {
        self = ClientDigest(client) ?? ClientDigest(of: client)
    }

    package var description: String { Self.prefix + Hexadecimal.text(bytes) }

    /// The beginning of it, for logs.
    package var short: String { Self.prefix + Hexadecimal.text(bytes.prefix(8)) }

    package static func < (one: ClientDigest, other: ClientDigest) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }
}
