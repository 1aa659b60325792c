import LimitCore
import Testing

@testable import RedisStore

struct RefusalMemoryTests {
    static let limit = Limit(.tokenBucket, count: 10, window: 60_000_000)
    static let now: Microseconds = 5_000_000

    private func batch(_ asks: Model.Ask...) -> CheckBatch { Seeded(0).batch(asks) }

    private func limited(_ retry: Retry, reset: Microseconds = 9_000_000) -> Outcome {
        Outcome(limited: true, remaining: 0, reset: reset, retry: retry)
    }

    @Test func `a refusal stands until it could be admitted, and ages`() {
        var memory = RefusalMemory()
        let check = batch(.one(1, Self.limit))
        memory.remember(0, of: check, [limited(.after(300_000))], asked: Self.now)
        #expect(memory.recall(0, of: check, now: Self.now) == [limited(.after(300_000))])
        let late = memory.recall(0, of: check, now: Self.now + 299_999)
        #expect(late == [limited(.after(1), reset: 9_000_000 - 299_999)])
        #expect(memory.recall(0, of: check, now: Self.now + 300_000) == nil)
    }

    @Test(arguments: [Retry.after(3_600_000_000), .never])
    func `a refusal stands for a second at most`(retry: Retry) {
        var memory = RefusalMemory()
        let check = batch(.one(1, Self.limit))
        memory.remember(0, of: check, [limited(retry)], asked: Self.now)
        #expect(memory.recall(0, of: check, now: Self.now + 999_999)?[0].limited == true)
        #expect(memory.recall(0, of: check, now: Self.now + 1_000_000) == nil)
    }

    @Test func `only the very same charges are answered by it`() {
        var memory = RefusalMemory()
        let refused = Model.Ask.one(1, Self.limit, cost: 5)
        memory.remember(0, of: batch(refused), [limited(.after(300_000))], asked: Self.now)
        var wider = Self.limit
        wider.capacity = 20
        let others: [Model.Ask] = [
            .one(1, Self.limit, cost: 4), .one(2, Self.limit, cost: 5), .one(1, wider, cost: 5),
            .one(1, Self.limit, cost: 5, peek: true),
            Model.Ask(charges: [(1, Self.limit, 5, true)], peek: false),
            Model.Ask(charges: refused.charges + [(2, Self.limit, 1, false)], peek: false),
        ]
        for other in others { #expect(memory.recall(0, of: batch(other), now: Self.now) == nil, "\(other)") }
        #expect(memory.recall(1, of: batch(.one(7, Self.limit), refused), now: Self.now) != nil)
    }

    @Test func `a peek is not remembered`() {
        var memory = RefusalMemory()
        let peek = batch(.one(1, Self.limit, peek: true))
        memory.remember(0, of: peek, [limited(.after(300_000))], asked: Self.now)
        #expect(memory.recall(0, of: batch(.one(1, Self.limit)), now: Self.now) == nil)
    }

    @Test func `where slots refused nothing is remembered`() {
        var memory = RefusalMemory()
        var slots = Self.limit
        slots.algorithm = .concurrency
        let check = batch(Model.Ask(charges: [(1, Self.limit, 1, false), (2, slots, 1, false)], peek: false))
        memory.remember(0, of: check, [limited(.after(300_000)), limited(.after(1))], asked: Self.now)
        #expect(memory.recall(0, of: check, now: Self.now) == nil)
    }

    @Test func `the longest wait of the limits in force counts, a shadow's does not`() {
        var memory = RefusalMemory()
        let fast = Model.Ask(charges: [(1, Self.limit, 1, false), (2, Self.limit, 1, true)], peek: false)
        let check = batch(fast)
        memory.remember(0, of: check, [limited(.after(1000)), limited(.after(500_000))], asked: Self.now)
        #expect(memory.recall(0, of: check, now: Self.now + 999) != nil)
        #expect(memory.recall(0, of: check, now: Self.now + 1000) == nil)
    }
}
