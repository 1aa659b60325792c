/// Numbers for names, in the order in which they come, in bounded memory.
struct NameTable {
    /// The number of all names for which there was no room.
    static let others = 0

    private let mostNames: Int
    private let mostBytes: Int
    private var text: [UInt8] = []
    private var names: [(start: Int, count: Int)] = [(0, 0)]
    /// Numbers of names, 0 where there is none; a power of two, and at least a quarter of it free.
    private var slots = [UInt32](repeating: 0, count: 1024)

    init(mostNames: Int = 500_000, mostBytes: Int = 64 << 20) {
        self.mostNames = mostNames
        self.mostBytes = mostBytes
    }

    /// One more than the largest number given.
    var count: Int { names.count }

    subscript(number: Int) -> ArraySlice<UInt8> {
        text[names[number].start..<names[number].start + names[number].count]
    }

    /// The number of a name, from 1; `others` where it is new and there is no room.
    mutating func number(of name: Span<UInt8>) -> Int {
        let hash = name.withUnsafeBytes { bytes in
            var hasher = Hasher()
            hasher.combine(bytes: bytes)
            return hasher.finalize()
        }
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 {
            if isSame(Int(slots[slot]), name) { return Int(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        guard names.count <= mostNames, text.count + name.count <= mostBytes else { return Self.others }
        names.append((text.count, name.count))
        name.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        slots[slot] = UInt32(names.count - 1)
        if names.count * 4 > slots.count * 3 { grow() }
        return names.count - 1
    }

    private func isSame(_ number: Int, _ name: Span<UInt8>) -> Bool {
        let held = names[number]
        guard held.count == name.count else { return false }
        return text.withUnsafeBufferPointer { text in
            name.withUnsafeBufferPointer { name in
                text[held.start..<held.start + held.count].elementsEqual(name)
            }
        }
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for number in 1..<names.count {
            let held = names[number]
            let hash = text.withUnsafeBytes { bytes in
                var hasher = Hasher()
                hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[held.start..<held.start + held.count]))
                return hasher.finalize()
            }
            var slot = hash & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number)
        }
    }
}
