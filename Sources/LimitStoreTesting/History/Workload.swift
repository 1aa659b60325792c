import LimitCore

/// The counters of a random history and the limits they are asked under.
struct Workload {
    /// A counter with the window it belongs to and the figure its limit has most of the time.
    struct Subject {
        var counter: CounterName
        var algorithm: Algorithm
        var window: Microseconds
        var count: Int64
        var calendar: CalendarPeriod?
    }

    private static let algorithms: [Algorithm] = [
        .fixedWindow, .slidingWindow, .tokenBucket, .slidingLog, .concurrency, .fixedWindow,
    ]
    private static let windows: [Microseconds] = [
        1, 2, 7, 1_000, 999_983, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000, longestWindow,
    ]
    private static let counts: [Int64] = [
        0, 1, 2, 3, 3, 7, 10, 10, 50, 100, 1_000_003, 1 << 40, Amount.max - 1, Amount.max,
    ]

    private static let slots: [Int64] = [0, 1, 1, 2, 3, 3, 4, 8]

    private var subjects: [Subject] = []
    /// Grows whenever a counter is left behind for a fresh one.
    private var generation = 0

    init(using random: inout SeededGenerator) {
        for number in 0..<48 {
            // Names whose parts spell the same bytes when joined, and differ all the same.
            let text = Array("counter-\(number / 2)")
            let cut = number % 2 == 0 ? text.count : text.count - 1
            var subject = Subject(
                counter: CounterName(String(text[..<cut]), client: String(text[cut...]) + "ann"),
                algorithm: Self.algorithms[number % Self.algorithms.count],
                window: 1,
                count: 0,
                calendar: number % Self.algorithms.count == Self.algorithms.count - 1 ? .day : nil
            )
            Self.redraw(&subject, using: &random)
            subjects.append(subject)
        }
    }

    /// Draws another window and figure.
    private static func redraw(_ subject: inout Subject, using random: inout SeededGenerator) {
        subject.window = random.pick(windows)
        subject.count = random.pick(subject.algorithm == .concurrency ? slots : counts)
        guard subject.calendar != nil else { return }
        let period = random.pick(CalendarPeriod.allCases)
        subject.calendar = period
        subject.window = period.longest * (period.isFixed ? random.pick([1, 1, 2, 3, 5]) : 1)
    }

    var indices: Range<Int> { subjects.indices }

    subscript(index: Int) -> Subject { subjects[index] }

    /// One of every algorithm but the plain window, the one given among its neighbours.
    func family(of index: Int) -> Range<Int> {
        let first = index - index % Self.algorithms.count
        return first + 1..<first + Self.algorithms.count
    }

    /// Puts a fresh counter of another window and figure in the place of one.
    mutating func replace(_ index: Int, using random: inout SeededGenerator) {
        _ = renew(subjects[index].counter)
        Self.redraw(&subjects[index], using: &random)
    }

    /// Leaves a counter behind: what it held is no concern of the history any more.
    mutating func renew(_ counter: CounterName) -> CounterName {
        generation += 1
        var fresh = counter
        fresh.scope = "\(generation)"
        for index in subjects.indices where subjects[index].counter == counter { subjects[index].counter = fresh }
        return fresh
    }

    /// A charge of any cost under any of the limits that a tier, an override or warm-up may make of the figure.
    func charge(
        _ index: Int,
        _ oracle: Oracle,
        at now: Microseconds,
        using random: inout SeededGenerator
    ) -> TestCharge {
        let subject = subjects[index]
        let count = random.chance(85) ? subject.count : vary(subject.count, &random)
        var limit = Limit(subject.algorithm, count: count, window: subject.window, calendar: subject.calendar)
        if subject.algorithm == .tokenBucket, random.chance(25) { limit.capacity = vary(subject.count, &random) }
        limit.ceiling = limit.capacity
        if random.chance(20) { limit.ceiling = max(limit.capacity, vary(subject.count, &random)) }
        limit.overdraft = subject.algorithm != .concurrency && random.chance(12)
        var charge = TestCharge(subject.counter, limit, cost: 0, shadow: random.chance(12))
        let left = max(0, limit.capacity - oracle.used(charge, at: now))
        charge.cost = subject.algorithm == .concurrency ? (random.chance(90) ? 1 : 0) : cost(limit, left, &random)
        if random.chance(8), let amount = givenBack(charge, oracle.used(charge, at: now), &random) {
            charge.cost = -amount
        }
        return charge
    }

    /// What a charge may give back; nil for slots, and for a bucket of which so much is spent that the sums by which it
    /// tells leases apart could pass 2^53 - 1: then it gives back to these less than it might.
    private func givenBack(_ charge: TestCharge, _ used: Int64, _ random: inout SeededGenerator) -> Int64? {
        switch charge.limit.algorithm {
        case .concurrency: return nil
        case .tokenBucket where used > Self.largestTakenBack || charge.limit.count > Self.largestTakenBack: return nil
        default: break
        }
        let amounts = [1, 1, 2, used / 3, used / 2, used - 1, used, min(used, Amount.max - 1) + 1, Amount.max]
        return random.pick(amounts.filter { $0 > 0 })
    }

    private static let largestTakenBack: Int64 = 1 << 48

    private func vary(_ count: Int64, _ random: inout SeededGenerator) -> Int64 {
        let choices = [0, 1, count / 2, count - 1, count + 1, count.multipliedReportingOverflow(by: 2).partialValue]
        return min(max(0, random.pick(choices)), Amount.max)
    }

    private func cost(_ limit: Limit, _ left: Int64, _ random: inout SeededGenerator) -> Int64 {
        let capacity = limit.capacity
        let cost: Int64 =
            switch Int.random(in: 0..<40, using: &random) {
            case 0, 1: 0
            case 2: capacity - 1
            case 3: capacity
            case 4: capacity + 1
            case 5: limit.ceiling + 1
            case 6: Amount.max
            case 7...11: left
            case 12...14: left + 1
            case 15...22: left / 2
            case 23...30: Int64.random(in: 0...max(1, capacity / 3), using: &random)
            default: 1
            }
        return min(max(0, cost), Amount.max)
    }
}
