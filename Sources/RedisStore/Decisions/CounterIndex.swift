/// The counters of one script call: their keys in one buffer, each once, and found again by their bytes.
struct CounterIndex {
    private(set) var keys: [Range<Int>] = []
    private(set) var text: [UInt8] = []
    /// Positions in `keys` plus one, by hash; 0 is free. Its size is a power of two.
    private var table = [UInt16](repeating: 0, count: 64)

    var count: Int { keys.count }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        table.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    }

    /// The position of the key that `write` appends, which is a new one where no counter has it yet.
    mutating func position(_ write: (inout [UInt8]) -> Void) -> Int {
        let start = text.count
        write(&text)
        let key = start..<text.count
        var slot = hash(key) & (table.count - 1)
        while table[slot] != 0 {
            let known = Int(table[slot]) - 1
            if text[keys[known]].elementsEqual(text[key]) {
                text.removeLast(key.count)
                return known
            }
            slot = (slot + 1) & (table.count - 1)
        }
        keys.append(key)
        table[slot] = UInt16(keys.count)
        if keys.count * 2 > table.count { grow() }
        return keys.count - 1
    }

    private mutating func grow() {
        table = [UInt16](repeating: 0, count: table.count * 2)
        for (position, key) in keys.enumerated() {
            var slot = hash(key) & (table.count - 1)
            while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
            table[slot] = UInt16(position + 1)
        }
    }

    private func hash(_ key: Range<Int>) -> Int {
        var hasher = Hasher()
        text[key].withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
