import LimitCore

/// What counters keep that do not fit an entry, by number: sliding logs and slots.
struct CounterPayloads {
    /// One of the two is used; an empty one costs next to nothing.
    struct Payload {
        var log = SlidingLog()
        var slots = Slots()

        /// In entries of a table, which are about as large as four charges or slots.
        var weight: Int { (log.count + slots.count) / 4 }
    }

    private var all: [Payload] = []
    private var free: [Int] = []
    /// What all of them weigh.
    private(set) var weight = 0

    subscript(number: Int) -> Payload { all[number] }

    mutating func add() -> Int {
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
