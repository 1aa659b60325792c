import LimitCore

/// The counters of one shard: entries packed without gaps, and an open-addressed index of them.
///
/// DESIGN. Entries live in chunks of `chunkSize` and stay packed: the last one moves into the place of a removed one.
/// That makes growing cheap (a chunk at a time, nothing is copied), shrinking possible, a random sample one array
/// access, and a sweep a walk. The index holds a 32-bit word per place: 8 bits of the hash, so that hardly any other
/// entry is looked at, and 24 bits of entry number plus one; 0 is free. It is kept at most 3/4 full, probes linearly
/// and removes by shifting back, so there are no tombstones. A counter costs 48 bytes and 5 to 11 of index.
/// What does not fit lies beside the entries and weighs what it holds (see `CounterPayloads`); an entry knows which is
/// its own.
///
/// An entry is removed once it has been full again (as good as missing) for `clockSlack`: by a hand that looks at two
/// entries for each that is added, which keeps the cost of expiry O(1) amortised, and by `sweep`. When `capacity` is
/// reached a sample of 8 is drawn and the one that is full again soonest goes, one in debt only if all are.
struct CounterTable: ~Copyable {
    struct Entry {
        var key: CounterKey
        /// The counter's state, or `hasPayload` and, in the place of `aside`, which payload is its own.
        var time: Microseconds
        var spent: Int64
        var aside: Int64
        /// When the counter is full again in microseconds, doubled, plus one if it is in debt.
        var rank: Int64

        var fullAt: Microseconds { rank >> 1 }
        var isDebt: Bool { rank & 1 == 1 }
        /// Which of the table's payloads is this counter's, where it has one.
        var payload: Int? { time == Self.hasPayload ? Int(aside) : nil }

        /// In the place of an instant.
        static let hasPayload = Microseconds.min
    }

    static let chunkSize = 256
    static let largestCapacity = 1 << 24 - 2
    /// A clock that was put back by this much still finds the counters it had.
    static let clockSlack: Microseconds = 5_000_000
    /// Below this many entries nothing is worth sweeping when one is added.
    static let smallCount = 64
    private static let sampleSize = 8
    private static let smallestIndex = 64

    private(set) var count = 0
    /// How many counters were dropped for others while they still counted.
    private(set) var evictions = 0
    private let capacity: Int
    var payloads = CounterPayloads()
    private var chunks: [UnsafeMutablePointer<Entry>] = []
    private var index: UnsafeMutablePointer<UInt32>
    private var mask: Int
    private var hand = 0
    private var random: UInt64

    init(capacity: Int, seed: UInt64) {
        self.capacity = min(max(1, capacity), Self.largestCapacity)
        random = seed | 1
        mask = Self.smallestIndex - 1
        index = Self.makeIndex(Self.smallestIndex)
    }

    deinit {
        index.deallocate()
        for chunk in chunks { chunk.deallocate() }
    }

    /// The place of a counter, valid until one is added or removed; nil where it is missing.
    func find(_ key: CounterKey) -> Int? {
        let tag = Self.tag(key)
        var place = Self.home(key) & mask
        while index[place] != 0 {
            let word = index[place]
            if word >> 24 == tag {
                let number = Int(word & 0xff_ffff) - 1
                if self[number].pointee.key == key { return number }
            }
            place = (place + 1) & mask
        }
        return nil
    }

    /// The state of a counter that has no payload. Of a bucket, what comes back is told from `now` on.
    func state(at number: Int, now: Microseconds) -> CounterState {
        let entry = self[number]
        return CounterState(
            time: entry.pointee.time,
            spent: entry.pointee.spent,
            aside: entry.pointee.aside,
            since: now
        )
    }

    /// The number of the payload of a counter that has one.
    func payloadNumber(at number: Int) -> Int? {
        self[number].pointee.payload
    }

    /// How much of the capacity is used: a counter is 1, and a payload what it weighs.
    var weight: Int { count + payloads.weight }

    /// Replaces the state of a counter that is there.
    mutating func update(at number: Int, _ state: CounterState, fullAt: Microseconds, isDebt: Bool) {
        let entry = self[number]
        entry.pointee.time = state.time
        entry.pointee.spent = state.spent
        entry.pointee.aside = state.aside
        entry.pointee.rank = fullAt << 1 | (isDebt ? 1 : 0)
    }

    /// Adds a counter that is missing, at the price of another one where the table is full.
    mutating func insert(
        _ key: CounterKey,
        _ state: CounterState,
        fullAt: Microseconds,
        isDebt: Bool,
        now: Microseconds
    ) {
        if count > Self.smallCount { sweep(2, now: now) }
        if weight >= capacity { evict(now: now) }
        if (count + 1) * 4 > (mask + 1) * 3 { rebuildIndex((mask + 1) * 2) }
        if count == chunks.count * Self.chunkSize {
            chunks.append(.allocate(capacity: Self.chunkSize))
        }
        let rank = fullAt << 1 | (isDebt ? 1 : 0)
        self[count].initialize(
            to: Entry(key: key, time: state.time, spent: state.spent, aside: state.aside, rank: rank)
        )
        link(key, to: count)
        count += 1
    }

    /// Looks at the next entries and removes those that are as good as missing.
    mutating func sweep(_ steps: Int, now: Microseconds) {
        for _ in 0..<min(steps, count) {
            if hand >= count { hand = 0 }
            if count > 0, self[hand].pointee.fullAt + Self.clockSlack <= now {
                remove(at: hand)
            } else {
                hand += 1
            }
        }
        shrink()
    }

    /// Removes a counter that holds nothing any more.
    mutating func removeEmpty(at number: Int) {
        remove(at: number)
    }

    /// What the table has allocated, without payloads.
    var bytes: Int {
        chunks.count * Self.chunkSize * MemoryLayout<Entry>.stride + (mask + 1) * MemoryLayout<UInt32>.stride
    }

    private subscript(number: Int) -> UnsafeMutablePointer<Entry> {
        chunks[number / Self.chunkSize] + number % Self.chunkSize
    }
}

extension CounterTable {
    private mutating func evict(now: Microseconds) {
        var victim = Int(nextRandom() % UInt64(count))
        for _ in 1..<Self.sampleSize {
            let other = Int(nextRandom() % UInt64(count))
            if precedes(other, victim) { victim = other }
        }
        if self[victim].pointee.isDebt, let other = newestWithoutDebt() { victim = other }
        if self[victim].pointee.fullAt > now { evictions += 1 }
        remove(at: victim)
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        let (a, b) = (self[a].pointee, self[b].pointee)
        return a.isDebt == b.isDebt ? a.fullAt < b.fullAt : b.isDebt
    }

    /// Where nearly all are in debt. What was added last lies at the end and is no debt yet, so this ends soon.
    private func newestWithoutDebt() -> Int? {
        (0..<count).last { !self[$0].pointee.isDebt }
    }

    private mutating func nextRandom() -> UInt64 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random
    }

    private mutating func remove(at number: Int) {
        if let payload = payloadNumber(at: number) { payloads.remove(payload) }
        unlink(placeOf(number))
        let last = count - 1
        if number != last {
            let place = placeOf(last)
            self[number].pointee = self[last].pointee
            index[place] = index[place] & 0xff00_0000 | UInt32(number + 1)
        }
        count = last
    }

    private mutating func shrink() {
        while (chunks.count - 1) * Self.chunkSize > count + Self.chunkSize {
            chunks.removeLast().deallocate()
        }
        if mask + 1 > Self.smallestIndex, count * 8 < mask + 1 { rebuildIndex((mask + 1) / 2) }
    }
}

extension CounterTable {
    private static func makeIndex(_ size: Int) -> UnsafeMutablePointer<UInt32> {
        let index = UnsafeMutablePointer<UInt32>.allocate(capacity: size)
        index.initialize(repeating: 0, count: size)
        return index
    }

    private static func tag(_ key: CounterKey) -> UInt32 { UInt32(truncatingIfNeeded: key.low & 0xff) }

    private static func home(_ key: CounterKey) -> Int { Int(truncatingIfNeeded: key.high >> 8) }

    private func link(_ key: CounterKey, to number: Int) {
        var place = Self.home(key) & mask
        while index[place] != 0 { place = (place + 1) & mask }
        index[place] = Self.tag(key) << 24 | UInt32(number + 1)
    }

    private func placeOf(_ number: Int) -> Int {
        var place = Self.home(self[number].pointee.key) & mask
        while index[place] & 0xff_ffff != UInt32(number + 1) { place = (place + 1) & mask }
        return place
    }

    /// Frees a place and moves back what had to pass over it.
    private func unlink(_ freed: Int) {
        var hole = freed
        var place = (hole + 1) & mask
        while index[place] != 0 {
            let number = Int(index[place] & 0xff_ffff) - 1
            let home = Self.home(self[number].pointee.key) & mask
            if (place - home) & mask >= (place - hole) & mask {
                index[hole] = index[place]
                hole = place
            }
            place = (place + 1) & mask
        }
        index[hole] = 0
    }

    private mutating func rebuildIndex(_ size: Int) {
        index.deallocate()
        index = Self.makeIndex(size)
        mask = size - 1
        for number in 0..<count { link(self[number].pointee.key, to: number) }
    }
}
