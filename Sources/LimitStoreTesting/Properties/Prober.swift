import LimitCore

/// Asks a store about a few counters of its own, which change from round to round, under limits that do not.
struct Prober {
    private static let windows: [Microseconds] = [1, 7, 1_000, 999_983, 60_000_000, longestWindow]
    private static let counts: [Int64] = [1, 2, 3, 10, 50, 1_000_003, Amount.max]

    let store: StoreUnderTest
    let gaps: Set<Gap>
    var random: SeededGenerator
    /// What was asked and answered in this round.
    private(set) var log: [String] = []
    var now = ManualClock.start
    /// The limits of the round, one a counter.
    private(set) var limits: [Limit] = []
    private var round = 0

    init(store: StoreUnderTest, except gaps: Set<Gap>, random: SeededGenerator) {
        self.store = store
        self.gaps = gaps
        self.random = random
    }

    mutating func begin(_ round: Int) {
        self.round = round
        log = []
        now = ManualClock.start
        limits = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            var limit = Limit(
                random.pick(Algorithm.counting.filter { $0 != .slidingLog || !gaps.contains(.slidingLog) }),
                count: random.pick(Self.counts),
                window: random.pick(Self.windows)
            )
            if limit.algorithm == .tokenBucket, random.chance(50) { limit.capacity = random.pick(Self.counts) }
            if limit.algorithm == .fixedWindow, !gaps.contains(.calendar), random.chance(40) { align(&limit) }
            limit.ceiling = limit.capacity
            return limit
        }
    }

    /// Begins a round of one limit.
    mutating func begin(_ round: Int, _ limit: Limit) {
        self.round = round
        log = []
        now = ManualClock.start
        limits = [limit]
    }

    /// Makes the windows those of the calendar.
    mutating func align(_ limit: inout Limit) {
        let period = random.pick(CalendarPeriod.allCases)
        limit.calendar = period
        limit.window = period.longest
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

    /// Shows a lease and returns what became of that.
    mutating func settle(_ operation: LeaseOperation) async throws -> LeaseResult {
        let result = try await store.settle(operation, at: now)
        let targets = operation.targets.map { $0.map(String.init) ?? "-" }.joined(separator: ", ")
        let name = operation.ends ? "settle" : "renew"
        log.append("at \(now - ManualClock.start): \(name) lease \(operation.id) [\(targets)]\n    \(result)")
        return result
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
