import LimitCore

/// Whether what an answer announces comes true.
extension Prober {
    mutating func checkRetry() async throws {
        for _ in 0..<12 {
            advance(by: random.chance(15) ? -someStep() : someStep())
            let check = check(someCosts())
            guard let wait = try await ask(check).wait else { continue }
            try require(wait > 0, "a refusal with nothing to wait for")
            try await checkRefused(check, until: wait)
            let peek = try await ask(check.peeking)
            try require(peek.result == .admitted, "a peek is refused after the announced wait of \(wait)")
            let answer = try await ask(check)
            try require(answer.result == .admitted, "refused after the announced wait of \(wait)")
        }
    }

    /// Asks at some instants before the wait is over, last just before it, and leaves the clock at its end.
    private mutating func checkRefused(_ check: TestCheck, until wait: Microseconds) async throws {
        let start = now
        var instants = [Int64.random(in: 0..<wait, using: &random), Int64.random(in: 0..<wait, using: &random)]
        instants = instants.sorted() + [wait - 1]
        for instant in instants {
            now = start + instant
            let answer = try await ask(check)
            try require(answer.result == .refused, "admitted \(wait - instant) before the announced wait is over")
            try require(answer.wait == wait - instant, "the end of the wait moved")
        }
        now = start + wait
    }

    mutating func checkRemaining() async throws {
        for _ in 0..<12 {
            advance(by: random.chance(15) ? -someStep() : someStep())
            let answer = try await ask(check(someCosts()))
            for (index, outcome) in answer.outcomes.enumerated() {
                let remaining = outcome.remaining
                if remaining > 0 {
                    let all = try await ask(TestCheck(charge(index, remaining), peek: true))
                    try require(all.result == .admitted, "what remains is refused")
                }
                if remaining < Amount.max {
                    let more = try await ask(TestCheck(charge(index, remaining + 1), peek: true))
                    try require(more.result == .refused, "more than what remains is admitted")
                }
            }
        }
    }

    mutating func checkReset() async throws {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            advance(by: random.chance(15) ? -someStep() : someStep())
            _ = try await ask(check(someCosts()))
        }
        let index = random.pick(Array(limits.indices))
        // A check of its own, so that a correction is written before anything is announced.
        guard let reset = try await ask(TestCheck(charge(index, 0))).outcomes.first?.reset else { return }
        guard reset > 0, reset < Amount.max / 2 else { return }
        advance(by: reset - 1)
        let before = try await ask(TestCheck(charge(index, 0), peek: true))
        try require(before.outcomes[0].remaining < limits[index].capacity, "as full as can be before the reset")
        advance(by: 1)
        let after = try await ask(TestCheck(charge(index, 0), peek: true))
        try require(after.outcomes[0].remaining == limits[index].capacity, "something is spent after the reset")
    }

    mutating func checkExcess() async throws {
        var admitted: [(at: Microseconds, costs: [Int64])] = []
        for _ in 0..<30 {
            advance(by: someStep())
            let costs = someCosts()
            if try await ask(check(costs)).result == .admitted { admitted.append((now, costs)) }
        }
        for index in limits.indices {
            for first in admitted.indices {
                var sum: Int128 = 0
                for last in first..<admitted.count {
                    sum += Int128(admitted[last].costs[index])
                    let span = admitted[last].at - admitted[first].at
                    try require(sum <= most(limits[index], in: span), "\(sum) within \(span) under \(limits[index])")
                }
            }
        }
    }

    /// The most that a limit may admit in a span of time.
    private func most(_ limit: Limit, in span: Microseconds) -> Int128 {
        let (count, span, window) = (Int128(limit.count), Int128(span), Int128(limit.window))
        return switch limit.algorithm {
        case .tokenBucket: Int128(limit.capacity) + count * span / window
        case .slidingLog: count * (span / window + 1)
        // The shortest month is three days shorter than the longest, and a year one.
        default: count * (span / (limit.calendar?.isFixed == false ? window * 28 / 31 : window) + 2)
        }
    }
}
