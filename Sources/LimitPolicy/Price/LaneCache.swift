internal import LimitCore

/// A bounded cache from bytes to values for one lane. A new entry takes the place of the one that shares its slot.
struct LaneCache<Value> {
    private struct Slot {
        var key: [UInt8] = []
        var value: Value?
    }

    private var slots: [Slot]

    /// `size` is a power of two.
    init(size: Int) {
        slots = Array(repeating: Slot(), count: size)
    }

    func find(_ key: Span<UInt8>, hash: UInt64) -> Value? {
        let index = slot(hash)
        let held = slots[index].key
        return held.span.isSame(as: key) ? slots[index].value : nil
    }

    mutating func insert(_ value: Value, for key: Span<UInt8>, hash: UInt64) {
        let index = slot(hash)
        slots[index].key.removeAll(keepingCapacity: true)
        for position in key.indices { slots[index].key.append(key[position]) }
        slots[index].value = value
    }

    private func slot(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> 32) & (slots.count - 1)
    }
}
