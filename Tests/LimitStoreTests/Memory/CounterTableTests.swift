import LimitCore
import LimitStoreTesting
import Testing

@testable import LimitStore

@Suite struct CounterTableTests {
    /// Enough hash for tests: distinct and well mixed.
    private func key(_ number: Int) -> CounterKey {
        var hash = SipHash128(key: (11, 13))
        hash.add(UInt64(number))
        let (high, low) = hash.finish()
        return CounterKey(high: high, low: low)
    }

    private func insert(
        _ number: Int,
        into table: inout CounterTable,
        fullAt: Int64,
        isDebt: Bool = false,
        now: Int64 = 0
    ) {
        let state = CounterState(time: 0, spent: Int64(number))
        table.insert(key(number), state, fullAt: fullAt, isDebt: isDebt, now: now)
    }

    @Test func `finds what was put in and nothing else`() {
        var table = CounterTable(capacity: 100_000, seed: 1)
        for number in 0..<20_000 { insert(number, into: &table, fullAt: .max >> 2) }
        #expect(table.count == 20_000)
        for number in 0..<20_000 {
            let place = table.find(key(number))
            #expect(place.map { table.state(at: $0, now: 0).spent } == Int64(number))
        }
        let foreign = (20_000..<40_000).filter { table.find(key($0)) != nil }
        #expect(foreign.isEmpty)
    }

    @Test(arguments: [1, 42, 1_000_003])
    func `agrees with a dictionary over random histories`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = CounterTable(capacity: 1 << 20, seed: seed)
        var model: [Int: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<60_000 {
            now += Int64(random.next() % 50_000)
            let number = Int(random.next() % 3000)
            let fullAt = now + Int64(random.next() % 40_000_000)
            if let place = table.find(key(number)) {
                table.update(at: place, CounterState(time: now, spent: 1), fullAt: fullAt, isDebt: false)
            } else {
                let isGone = model[number].map { $0 + CounterTable.clockSlack <= now } ?? true
                #expect(isGone, "a live counter is missing (seed \(seed))")
                insert(number, into: &table, fullAt: fullAt, now: now)
            }
            model[number] = fullAt
        }
        let live = model.filter { $0.value + CounterTable.clockSlack > now }
        for number in live.keys { #expect(table.find(key(number)) != nil) }
        #expect(table.count >= live.count && table.evictions == 0)
    }

    @Test func `never holds more than its capacity`() {
        var table = CounterTable(capacity: 500, seed: 7)
        for number in 0..<10_000 {
            insert(number, into: &table, fullAt: 1_000_000_000)
            #expect(table.count <= 500)
        }
        #expect(table.count == 500)
        #expect(table.evictions == 9500)
    }

    @Test func `the counter that was just added is there`() {
        var table = CounterTable(capacity: 1, seed: 7)
        for number in 0..<100 {
            insert(number, into: &table, fullAt: 1_000_000_000)
            #expect(table.find(key(number)) != nil)
        }
    }

    @Test func `no debt is forgotten while another counter is there`() {
        var table = CounterTable(capacity: 1000, seed: 3)
        for number in 0..<990 { insert(number, into: &table, fullAt: 1_000_000, isDebt: true) }
        for number in 990..<20_000 { insert(number, into: &table, fullAt: 1_000_000_000) }
        let forgotten = (0..<990).filter { table.find(key($0)) == nil }
        #expect(forgotten.isEmpty)
    }

    @Test func `the counter that is full again soonest goes first`() {
        var table = CounterTable(capacity: 1000, seed: 5)
        for number in 0..<1000 { insert(number, into: &table, fullAt: Int64(1_000_000 + number)) }
        for number in 1000..<1500 { insert(number, into: &table, fullAt: 10_000_000) }
        // Of samples of 8, hardly any is without one of the sooner half.
        let sooner = (0..<500).count { table.find(key($0)) != nil }
        let later = (500..<1000).count { table.find(key($0)) != nil }
        #expect(sooner < 100 && later > 400, "\(sooner) of the sooner half left, \(later) of the later")
    }

    @Test func `a sweep removes what is full again and frees the memory`() {
        var table = CounterTable(capacity: 1 << 20, seed: 9)
        for number in 0..<50_000 { insert(number, into: &table, fullAt: number % 10 == 0 ? 100_000_000 : 1_000_000) }
        let now = 1_000_000 + CounterTable.clockSlack
        for _ in 0..<40 { table.sweep(table.count / 30 + 1, now: now - 1) }
        #expect(table.count == 50_000)
        for _ in 0..<400 { table.sweep(table.count / 30 + 1, now: now) }
        #expect(table.count == 5000)
        // 48 bytes an entry and up to 22 of an index that is half of its least fill, and a few chunks to spare.
        #expect(table.bytes < 5000 * (48 + 22) + 4 * CounterTable.chunkSize * 48)
        for number in stride(from: 0, to: 50_000, by: 10) { #expect(table.find(key(number)) != nil) }
    }

    @Test(arguments: [1000, 10_000, 100_000, 300_000])
    func `a counter costs at most 75 bytes once there are some`(count: Int) {
        var table = CounterTable(capacity: 1 << 22, seed: 9)
        for number in 0..<count { insert(number, into: &table, fullAt: .max >> 2) }
        #expect(table.bytes - CounterTable.chunkSize * 48 <= 75 * count)
    }
}
