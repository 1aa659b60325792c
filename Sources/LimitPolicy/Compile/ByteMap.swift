/// A hash map from bytes to numbers that is built once and then only read.
///
/// A key belongs to a table, so that many small maps can share one memory.
struct ByteMap: Sendable {
    struct Entry {
        var table: Int32
        var key: [UInt8]
        var value: Int32
    }

    private struct Slot {
        var hash: UInt64
        var start: Int32
        /// -1 for an empty slot.
        var count: Int32
        var table: Int32
        var value: Int32
    }

    private var slots: [Slot]
    private var keys: [UInt8] = []
    private let seed = ByteHash.seed

    /// At most half of the slots are taken, so a search for a missing key ends soon. Keys are expected to differ.
    init(_ entries: [Entry]) {
        var size = 2
        while size < entries.count * 2 { size *= 2 }
        slots = Array(repeating: Slot(hash: 0, start: 0, count: -1, table: 0, value: 0), count: size)
        for entry in entries { insert(entry) }
    }

    private mutating func insert(_ entry: Entry) {
        let hash = hash(entry.key.span, table: entry.table)
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].count >= 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = Slot(
            hash: hash,
            start: Int32(keys.count),
            count: Int32(entry.key.count),
            table: entry.table,
            value: entry.value
        )
        keys += entry.key
    }

    /// The hash that `find` wants for a key.
    func hash(_ key: Span<UInt8>, table: Int32 = 0) -> UInt64 {
        ByteHash.hash(key, seed: seed &+ UInt64(bitPattern: Int64(table)))
    }

    func find(_ key: Span<UInt8>, table: Int32 = 0) -> Int32? {
        find(key, table: table, hash: hash(key, table: table))
    }

    func find(_ key: Span<UInt8>, table: Int32 = 0, hash: UInt64) -> Int32? {
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].count >= 0 {
            let slot = slots[index]
            if slot.hash == hash, slot.table == table {
                let start = Int(slot.start)
                if keys.span.extracting(start..<start + Int(slot.count)).isSame(as: key) { return slot.value }
            }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }
}
