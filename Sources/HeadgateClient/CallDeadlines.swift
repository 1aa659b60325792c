import NIOCore

/// When the calls of a connection run out, soonest first.
///
/// Most callers use one timeout, so a new deadline mostly goes to the end, and answered calls are dropped when they
/// come to the front: no heap, and no timer a call.
struct CallDeadlines {
    private var entries = CircularBuffer<(deadline: NIODeadline, call: UInt32)>()

    /// The soonest deadline.
    var first: NIODeadline? { entries.first?.deadline }

    mutating func insert(_ call: UInt32, at deadline: NIODeadline) {
        var index = entries.endIndex
        while index > entries.startIndex, entries[entries.index(before: index)].deadline > deadline {
            index = entries.index(before: index)
        }
        entries.insert((deadline, call), at: index)
    }

    /// Drops what stands at the front and is not waited for any more.
    mutating func dropFirst(while isOver: (UInt32) -> Bool) {
        while let first = entries.first, isOver(first.call) { entries.removeFirst() }
    }

    /// Takes out the first call whose deadline has come.
    mutating func popDue(_ now: NIODeadline) -> UInt32? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        return entries.removeFirst().call
    }
}
