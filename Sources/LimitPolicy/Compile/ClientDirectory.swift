internal import LimitCore

/// Who is who: the clients a policy names, in clear or by SHA-256.
struct ClientDirectory: Sendable {
    struct Entry: Sendable {
        /// In `Policy.tiers`; nil where the policy gives the client none.
        var tier: Int?
        var blocked: Bool
        var message: String
        var unlimited: Bool
    }

    let entries: [Entry]
    let hasDigests: Bool
    var isEmpty: Bool { entries.isEmpty }
    private let names: ByteMap
    private static let clear: Int32 = 0
    private static let digest: Int32 = 1

    init(_ clients: [ClientModel]) {
        var entries: [Entry] = []
        var names: [ByteMap.Entry] = []
        var hasDigests = false
        for (index, client) in clients.enumerated() {
            switch client.identity {
            case .clear(let bytes): names.append(ByteMap.Entry(table: Self.clear, key: bytes, value: Int32(index)))
            case .digest(let bytes):
                names.append(ByteMap.Entry(table: Self.digest, key: bytes, value: Int32(index)))
                hasDigests = true
            }
            entries.append(
                Entry(
                    tier: client.tier,
                    blocked: client.blocked,
                    message: client.message,
                    unlimited: client.unlimited
                )
            )
        }
        self.entries = entries
        self.hasDigests = hasDigests
        self.names = ByteMap(names)
    }

    func hash(_ client: Span<UInt8>) -> UInt64 { names.hash(client, table: Self.clear) }

    func find(_ client: Span<UInt8>, hash: UInt64) -> Int32? {
        names.find(client, table: Self.clear, hash: hash)
    }

    /// Finds a client by its SHA-256.
    func find(digest: Span<UInt8>) -> Int32? { names.find(digest, table: Self.digest) }
}
