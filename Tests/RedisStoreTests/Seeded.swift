import LimitCore

@testable import RedisStore

/// Random checks that a seed repeats, chosen so that edges are met often.
struct Seeded {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    static let windows: [Microseconds] = [1, 7, 1_000, 60_000_000, 3_600_000_000, longestWindow]

    /// Steps of the clock: mostly none or small, at times about a window, at times back.
    mutating func step() -> Microseconds {
        switch below(12) {
        case 0...3: return 0
        case 4...6: return Microseconds(below(500))
        case 7: return pick(Self.windows) + Microseconds(below(3)) - 1
        case 8: return pick(Self.windows) / 3
        case 9: return 2 * pick(Self.windows.dropLast() + []) + Microseconds(below(3)) - 1
        case 10: return -Microseconds(below(2_000))
        default: return -(pick(Self.windows.dropLast() + []) + Microseconds(below(3)) - 1)
        }
    }

    /// A counter has one algorithm and window, as its name says; the limit's numbers change at will.
    mutating func limit(counter: Int) -> Limit {
        let algorithm = [Algorithm.fixedWindow, .slidingWindow, .tokenBucket][counter % 3]
        let window = Self.windows[counter / 3 % Self.windows.count]
        let huge = counter % 7 == 6
        let count: Int64 =
            huge ? pick([Amount.max, Amount.max - 5, 1 << 52, 3 << 50]) : pick([10, 10, 10, 10, 3, 25, 0, 1])
        let burst: Int64? = chance(20) ? pick([count, 5, 20, Amount.max]) : nil
        let ceiling: Int64? = chance(10) ? pick([40, Amount.max]) : nil
        return Limit(algorithm, count: count, window: window, burst: burst, ceiling: ceiling, overdraft: chance(15))
    }

    mutating func cost(huge: Bool) -> Int64 {
        if huge { return pick([0, 1, 1 << 51, (1 << 52) + 1, Amount.max, Amount.max - 3]) }
        return pick([1, 1, 1, 1, 2, 3, 0, 9, 11, 30])
    }

    mutating func ask() -> Model.Ask {
        let size = pick([1, 1, 1, 2, 2, 3, 6])
        let few = chance(50)
        let charges = (0..<size).map { _ in
            let counter = few ? below(3) * 5 : below(60)
            let limit = chance(60) ? plain(counter: counter) : limit(counter: counter)
            return (
                counter: counter, limit: limit, cost: chance(60) ? 1 : cost(huge: counter % 7 == 6), shadow: chance(15)
            )
        }
        return Model.Ask(charges: charges, peek: chance(10))
    }

    /// Several checks, many of them the same as the one before.
    mutating func asks(_ count: Int) -> [Model.Ask] {
        var asks = [ask()]
        while asks.count < count { asks.append(chance(40) ? asks[asks.count - 1] : ask()) }
        return asks
    }

    private func plain(counter: Int) -> Limit {
        let algorithm = [Algorithm.fixedWindow, .slidingWindow, .tokenBucket][counter % 3]
        return Limit(algorithm, count: 10, window: Self.windows[counter / 3 % Self.windows.count])
    }

    func batch(_ asks: [Model.Ask]) -> CheckBatch {
        let batch = CheckBatch()
        for ask in asks {
            batch.question(client: "client", peek: ask.peek)
            let first = batch.charges.count
            for charge in ask.charges {
                let client = charge.counter % 4 == 0 ? "" : "client-\(charge.counter)"
                let counter = Counter(
                    name: batch.questions.append("limit-\(charge.counter)".utf8.span),
                    digest: NameDigest("limit-\(charge.counter)".utf8.span),
                    client: batch.questions.append(client.utf8.span),
                    scope: batch.questions.append((charge.counter % 5 == 0 ? "client-scope" : "").utf8.span)
                )
                batch.charges.append(
                    Charge(counter: counter, limit: charge.limit, cost: charge.cost, shadow: charge.shadow)
                )
            }
            batch.priced.append(first..<batch.charges.count)
            batch.deadlines.append(.max)
        }
        batch.prepareForStore()
        return batch
    }
}

extension CheckBatch {
    /// Adds a question that breaks no bound.
    func question(client: String, peek: Bool = false) {
        questions.begin()
        questions.setFlags(peek: peek, allLimits: true)
        do throws(InvalidField) {
            try questions.setClient(client.utf8.span)
            try questions.setRoute("/route".utf8.span)
            _ = try questions.end()
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
