import LimitCore
import Testing

struct SlotsTests {
    private let limit = Limit(.concurrency, count: 3, window: 1000)

    private func slots(_ taken: (lease: UInt64, at: Microseconds)...) -> Slots {
        var slots = Slots()
        for slot in taken { slots.take(slot.lease, limit, now: slot.at) }
        return slots
    }

    private func used(_ slots: Slots, at now: Microseconds) -> Int64 {
        slots.reading(limit, now: now).used(limit)
    }

    @Test func `a slot is taken for the lease time`() {
        let slots = slots((1, 5000), (2, 5400))
        #expect([5400, 5999, 6000, 6399, 6400].map { used(slots, at: $0) } == [2, 2, 1, 1, 0])
        #expect(slots.reading(limit, now: 5400).reset(limit) == 1000)
        #expect(slots.holds(1, limit, now: 5999) && !slots.holds(1, limit, now: 6000))
        #expect(!slots.holds(3, limit, now: 5999))
    }

    @Test func `a slot is freed by its lease, once`() {
        var slots = slots((1, 5000), (2, 5000))
        slots.free(1, limit, now: 5001)
        slots.free(1, limit, now: 5001)
        slots.free(9, limit, now: 5001)
        #expect(used(slots, at: 5001) == 1)
        #expect(slots.holds(2, limit, now: 5001))
    }

    @Test func `a slot that is kept lasts another lease time`() {
        var slots = slots((1, 5000), (2, 5000))
        slots.keep(1, limit, now: 5999)
        #expect(used(slots, at: 6000) == 1)
        #expect(slots.holds(1, limit, now: 6998) && !slots.holds(1, limit, now: 6999))
    }

    @Test func `a slot that has run out is not kept`() {
        var slots = slots((1, 5000), (2, 5500))
        slots.keep(1, limit, now: 6000)
        #expect(used(slots, at: 6000) == 1)
    }

    @Test func `taking one drops those that have run out`() {
        let slots = slots((1, 5000), (2, 5001), (3, 6000))
        #expect(slots.count == 2)
    }

    @Test(arguments: [(1, 900), (2, 600), (3, 300), (0, 1_000_000)] as [(Int64, Microseconds)])
    func `the retry waits for enough slots`(count: Int64, wait: Microseconds) {
        let slots = slots((1, 5100), (2, 5400), (3, 5700))
        let fewer = Limit(.concurrency, count: count, window: 1000, ceiling: 3)
        // At 5,800 they run out after 300, 600 and 900.
        #expect(slots.retry(1, fewer, now: 5800) == .after(wait))
    }

    @Test func `the retry is at most a second`() {
        let hour = Limit(.concurrency, count: 1, window: 3_600_000_000)
        var slots = Slots()
        slots.take(1, hour, now: 5000)
        #expect(slots.retry(1, hour, now: 5000) == .after(1_000_000))
        #expect(slots.retry(1, hour, now: 3_600_004_000) == .after(1000))
        #expect(slots.retry(2, hour, now: 5000) == .never)
    }

    @Test func `a step back of at most a lease time keeps every expiry`() {
        let slots = slots((1, 5000))
        let reading = slots.reading(limit, now: 4000)
        #expect(!reading.corrected && reading.used(limit) == 1 && reading.reset(limit) == 2000)
    }

    @Test func `a step back of more moves them, and every change writes that`() {
        let moved = slots((1, 4600), (2, 5000))
        let reading = moved.reading(limit, now: 3999)
        #expect(reading.corrected && reading.used(limit) == 2 && reading.reset(limit) == 1000)
        var corrected = moved
        corrected.correct(limit, now: 3999)
        var freed = moved
        freed.free(1, limit, now: 3999)
        for slots in [corrected, freed] {
            #expect(slots.holds(2, limit, now: 4998) && !slots.holds(2, limit, now: 4999))
        }
    }

    @Test func `slots of the same time are told apart by their leases`() {
        var slots = slots((1, 5000), (2, 5000), (3, 5000))
        slots.free(2, limit, now: 5000)
        #expect([1, 2, 3].map { slots.holds($0, limit, now: 5000) } == [true, false, true])
    }
}
