import LimitCore
import LimitStoreTesting
import Testing

struct SlidingLogTests {
    private let limit = Limit(.slidingLog, count: 10, window: 1000)

    private func log(_ charges: (at: Microseconds, cost: Int64)...) -> SlidingLog {
        var log = SlidingLog()
        for charge in charges { log.charge(charge.cost, limit, now: charge.at) }
        return log
    }

    private func used(_ log: SlidingLog, at now: Microseconds) -> Int64 {
        log.reading(limit, now: now).used(limit)
    }

    @Test func `a charge counts until W has passed`() {
        let log = log((5000, 4), (5500, 3))
        let seen = [5500, 5999, 6000, 6499, 6500].map { used(log, at: $0) }
        #expect(seen == [7, 7, 3, 3, 0])
    }

    @Test func `charges of one time take one place`() {
        let log = log((5000, 4), (5000, 1), (4500, 2), (5001, 1))
        #expect(log.count == 2)
        #expect(used(log, at: 5999) == 8)
        #expect(used(log, at: 6000) == 1)
    }

    @Test func `a charge drops what is over`() {
        var log = log((5000, 1), (5001, 1), (5002, 1))
        log.charge(1, limit, now: 6001)
        #expect(log.count == 2)
        #expect(used(log, at: 6001) == 2)
    }

    @Test func `a step back of more than W moves the log to now`() {
        var log = log((5000, 4), (5500, 3))
        let reading = log.reading(limit, now: 4499)
        #expect(reading.corrected && reading.used(limit) == 7)
        #expect(!log.reading(limit, now: 4500).corrected)
        log.correct(limit, now: 4499)
        #expect([4499, 4998, 4999, 5498, 5499].map { used(log, at: $0) } == [7, 7, 3, 3, 0])
    }

    @Test func `the largest amounts saturate and leave no entry of nothing`() {
        var log = log((5000, Amount.max - 1), (5001, Amount.max))
        #expect(used(log, at: 5001) == Amount.max)
        #expect(used(log, at: 6000) == 1)
        log.charge(1, limit, now: 5500)
        #expect(log.count == 2)
        #expect(log.reading(limit, now: 5500).reset(limit) == 501)
    }

    @Test func `what comes back is taken from the entry of its time while it counts`() {
        var log = log((5000, 4), (5500, 3))
        // No entry of that time, part of one, over, more than there is, gone.
        let steps: [(amount: Int64, stamp: Microseconds, now: Microseconds, isFound: Bool, used: Int64)] = [
            (1, 5001, 5999, false, 7), (3, 5000, 5999, true, 4), (1, 5000, 6000, false, 3), (9, 5500, 6000, true, 0),
            (1, 5500, 6000, false, 0),
        ]
        for step in steps {
            let isFound = log.giveBack(step.amount, at: step.stamp, limit, now: step.now)
            #expect(isFound == step.isFound, "\(step)")
            #expect(used(log, at: step.now) == step.used, "\(step)")
        }
    }

    @Test(arguments: [(3999, 4), (4000, 0)] as [(Microseconds, Int64)])
    func `a log that the clock moved gives nothing back`(now: Microseconds, left: Int64) {
        var log = log((5000, 4))
        let isFound = log.giveBack(4, at: 5000, limit, now: now)
        #expect(isFound == (left == 0))
        #expect(used(log, at: now) == left)
    }

    @Test(arguments: [1, 77, 4242] as [UInt64])
    func `a refused cost fits at its retry and not before`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var log = SlidingLog()
        var now: Microseconds = 10_000
        var refusals = 0
        for _ in 0..<2000 {
            now += random.pick([0, 1, 50, 300, 999, 1000, -100])
            let cost = Int64.random(in: 1...10, using: &random)
            if log.reading(limit, now: now).admits(cost, limit) {
                log.charge(cost, limit, now: now)
            } else if case .after(let wait) = log.retry(cost, limit, now: now) {
                refusals += 1
                #expect(log.reading(limit, now: now + wait).admits(cost, limit), "seed \(seed)")
                #expect(!log.reading(limit, now: now + wait - 1).admits(cost, limit), "seed \(seed)")
            }
        }
        #expect(refusals > 500)
    }
}
