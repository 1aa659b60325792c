import Crypto

/// Which daemon a client's calls go to: highest random weight (David Thaler and Chinya Ravishankar, "Using name-based
/// mappings to increase hit rates", IEEE/ACM Transactions on Networking, 1998).
///
/// The weight is the first 8 bytes of SHA-256 over the address, a line feed and the client, the same in every client
/// library, so a hot client's calls meet at one daemon whatever its replicas are written in. An address that goes or
/// comes moves only its own clients.
struct Rendezvous: Sendable {
    private let prefixes: [[UInt8]]

    init(_ addresses: [ServerAddress]) {
        prefixes = addresses.map { Array("\($0)\n".utf8) }
    }

    /// The positions of all addresses, the client's own first.
    func order(for client: String) -> [Int] {
        if prefixes.count == 1 { return [0] }
        let weights = prefixes.map { prefix in
            var hash = SHA256()
            hash.update(data: prefix)
            hash.update(data: Array(client.utf8))
            return hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return weights.indices.sorted { weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1 }
    }
}
