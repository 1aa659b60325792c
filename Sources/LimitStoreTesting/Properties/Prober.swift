import LimitCore

/// Asks a store about a few counters of its own, which change from round to round, under limits that do not.
struct Prober {
    private static let windows: [Microseconds] = [1, 7, 1_000, 999_983, 60_000_000, longestWindow]
    private static let counts: [Int64] = [1, 2, 3, 10, 50, 1_000_003, Amount.max]

    let store: StoreUnderTest
    var random: SeededGenerator
    /// What was asked and answered in this round.
    private(set) var log: [String] = []
    var now = ManualClock.start
    /// The limits of the round, one a counter.
    private(set) var limits: [Limit] = []
    private var round = 0

    init(store: StoreUnderTest, random: SeededGenerator) {
        self.store = store
        self.random = random
    }

    mutating func begin(_ round: Int) {
        self.round = round
        log = []
        now = ManualClock.start
        limits = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            var limit = Limit(
                random.pick(Algorithm.counting),
                count: random.pick(Self.counts),
                window: random.pick(Self.windows)
            )
            if limit.algorithm == .tokenBucket, random.chance(50) { limit.capacity = random.pick(Self.counts) }
            limit.ceiling = limit.capacity
            return limit
        }
    }

    /// A charge on one of the round's counters; `side` tells two sets of counters with the same history apart.
    func charge(_ index: Int, _ cost: Int64, side: String = "") -> TestCharge {
        TestCharge(CounterName("\(round)", client: "\(index)", scope: side), limits[index], cost: cost)
    }

    func check(_ costs: [Int64], side: String = "") -> TestCheck {
        TestCheck(costs.enumerated().map { charge($0.offset, $0.element, side: side) })
    }

    mutating func ask(_ check: TestCheck) async throws -> Answer {
        let answer = try await store.decide(check, at: now)
        log.append("at \(now - ManualClock.start): \(check)\n    \(answer)")
        return answer
    }

    mutating func advance(by step: Microseconds) {
        now += step
    }

    /// A cost for each limit, mostly one that may fit.
    mutating func someCosts() -> [Int64] {
        limits.indices.map { someCost(limits[$0].capacity) }
    }

    mutating func someCost(_ capacity: Int64) -> Int64 {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: 0
        case 1: capacity
        case 2: capacity / 2
        default: Int64.random(in: 1...max(1, capacity / 3), using: &random)
        }
    }

    /// A step of time at which something may change for one of the limits.
    mutating func someStep() -> Microseconds {
        let window = random.pick(limits).window
        return random.pick([0, 0, 0, 1, window / 7, window / 3, window / 2, window - 1, window, window + 1])
    }
}

extension Answer {
    /// The wait after which the whole check fits; nil where it was admitted or no exact wait is known.
    var wait: Microseconds? {
        guard result == .refused else { return nil }
        var longest: Microseconds = 0
        for outcome in outcomes where outcome.limited {
            guard case .after(let wait) = outcome.retry, wait < Amount.max / 2 else { return nil }
            longest = max(longest, wait)
        }
        return longest
    }
}
