import LimitCore

/// What counters keep that does not fit an entry, by number: sliding logs, slots, and buckets that leases are about.
struct CounterPayloads {
    /// One of the three is used; an empty log and empty slots cost next to nothing.
    struct Payload {
        var log = SlidingLog()
        var slots = Slots()
        var bucket = CounterState(time: 0, spent: 0)

        /// In entries of a table, which are about as large as three charges or slots.
        var weight: Int { 1 + (log.count + slots.count) / 3 }
    }

    private var all: [Payload] = []
    private var free: [Int] = []
    /// What all of them weigh.
    private(set) var weight = 0

    subscript(number: Int) -> Payload { all[number] }

    mutating func add() -> Int {
        weight += Payload().weight
        if let number = free.popLast() { return number }
        all.append(Payload())
        return all.count - 1
    }

    mutating func remove(_ number: Int) {
        weight -= all[number].weight
        all[number] = Payload()
        free.append(number)
    }

    /// Changes a payload in place.
    mutating func update<Result>(_ number: Int, _ body: (inout Payload) -> Result) -> Result {
        weight -= all[number].weight
        defer { weight += all[number].weight }
        return body(&all[number])
    }
}
