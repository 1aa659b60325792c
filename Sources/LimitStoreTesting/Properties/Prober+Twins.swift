import LimitCore

/// Two sets of counters with the same history, one of which sees something more that must not matter.
extension Prober {
    mutating func checkPeeks() async throws {
        for _ in 0..<15 {
            advance(by: someStep())
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                _ = try await ask(check(someCosts(), side: "twin").peeking)
            }
            try await askBoth(someCosts())
        }
    }

    mutating func checkRefusals() async throws {
        let refusing = TestCharge(CounterName("nothing"), Limit(.fixedWindow, count: 0, window: 1))
        for _ in 0..<15 {
            advance(by: someStep())
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                var refused = check(someCosts(), side: "twin")
                refused.charges.insert(refusing, at: Int.random(in: 0...refused.charges.count, using: &random))
                let answer = try await ask(refused)
                try require(answer.result == .refused, "a limit of 0 admits")
            }
            try await askBoth(someCosts())
        }
    }

    mutating func checkSplitting() async throws {
        for _ in 0..<15 {
            advance(by: someStep())
            let costs = someCosts().map { max(1, $0) }
            let whole = try await ask(check(costs).peeking)
            let parts = costs.map { split($0) }
            if whole.result == .admitted {
                for part in parts[0].indices {
                    let answer = try await ask(check(parts.map { $0[part] }, side: "twin"))
                    try require(answer.result == .admitted, "a part of what fits is refused")
                }
                let answer = try await ask(check(costs))
                try require(answer.result == .admitted, "refused what a peek found to fit")
            } else {
                let refused = try await splitIsRefused(parts)
                try require(refused, "the parts of what does not fit are admitted")
                return
            }
            try await compare(limits.map { _ in 0 })
        }
    }

    private mutating func splitIsRefused(_ parts: [[Int64]]) async throws -> Bool {
        for part in parts[0].indices {
            let answer = try await ask(check(parts.map { $0[part] }, side: "twin"))
            if answer.result == .refused { return true }
        }
        return false
    }

    /// Four parts, of which some may be 0.
    private mutating func split(_ cost: Int64) -> [Int64] {
        let cuts = (0..<3).map { _ in Int64.random(in: 0...cost, using: &random) }.sorted()
        return [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], cost - cuts[2]]
    }

    /// Charges both sets and compares the answers.
    private mutating func askBoth(_ costs: [Int64]) async throws {
        let plain = try await ask(check(costs))
        let twin = try await ask(check(costs, side: "twin"))
        try require(plain == twin, "the twin answers otherwise")
    }

    private mutating func compare(_ costs: [Int64]) async throws {
        let plain = try await ask(check(costs).peeking)
        let twin = try await ask(check(costs, side: "twin").peeking)
        try require(plain == twin, "the twin is left otherwise")
    }
}
