import Crypto
import LimitCore

/// The clients that ask most: the space-saving algorithm (Metwally, Agrawal, El Abbadi 2005) over a sample of checks.
///
/// Bounded by `slots` clients whatever the traffic. A count is too high by at most the smallest count kept. Clients
/// are told apart by their bytes and shown by the first half of their SHA-256, since an API key is a secret.
package struct TopClients: Sendable {
    /// A client and about how many checks it has asked.
    package struct Entry: Sendable, Equatable {
        /// `sha256:` and 16 hex digits, the beginning of what a policy may call this client.
        package var client: String
        package var checks: Int
    }

    private struct Slot {
        var client: [UInt8]
        var count: Int
    }

    static let slots = 64
    /// One check in so many is looked at and stands for all of them.
    static let sample = 16

    private var kept: [Slot] = []
    private var tick = 0

    package init() {}

    mutating func count(_ check: Int, of batch: CheckBatch) {
        let client = batch.questions.checks[check].client
        // A descriptor that names no client.
        if client.isEmpty { return }
        tick &+= 1
        if tick % Self.sample == 0 { count(batch.questions.text[client.indices]) }
    }

    private mutating func count(_ bytes: ArraySlice<UInt8>) {
        if let slot = kept.firstIndex(where: { $0.client.elementsEqual(bytes) }) {
            kept[slot].count += Self.sample
        } else if kept.count < Self.slots {
            kept.append(Slot(client: Array(bytes), count: Self.sample))
        } else if let least = kept.indices.min(by: { kept[$0].count < kept[$1].count }) {
            kept[least].client = Array(bytes)
            kept[least].count += Self.sample
        }
    }

    /// Those that ask most first, over several lanes.
    package static func merged(_ lanes: [TopClients], atMost count: Int) -> [Entry] {
        var sums: [[UInt8]: Int] = [:]
        for slot in lanes.lazy.flatMap(\.kept) { sums[slot.client, default: 0] += slot.count }
        return sums.sorted { ($0.value, $1.key.count) > ($1.value, $0.key.count) }.prefix(count).map {
            Entry(client: fingerprint(of: $0.key), checks: $0.value)
        }
    }

    /// How a client is called where its name must not appear.
    package static func fingerprint(of client: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        let digest = SHA256.hash(data: client).prefix(8)
        return "sha256:" + String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
