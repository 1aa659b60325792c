import LimitCore

/// Whether a limit holds for what calls keep, whatever becomes of their leases.
extension Prober {
    private static let window: Microseconds = 1_000

    mutating func checkLeases(_ round: Int) async throws {
        begin(round, someLimit())
        var calls: [LeasedCall] = []
        var book = LeaseBook()
        for number in 0..<24 as Range<UInt64> {
            advance(by: random.pick([0, 0, 0, 1, 100, 143, 333, 500, 999, 1_000, 1_001, 2_000]))
            if calls.isEmpty || random.chance(55) {
                try await open(UInt64(round) << 8 | number, &calls, &book)
            } else {
                try await end(Int.random(in: calls.indices, using: &random), &calls, &book)
            }
        }
        try calls.check(limits[0])
    }

    private mutating func someLimit() -> Limit {
        let algorithms = Algorithm.allCases.filter { algorithm in
            !(algorithm == .slidingLog && gaps.contains(.slidingLog))
                && !(algorithm == .concurrency && gaps.contains(.concurrency))
        }
        var limit = Limit(
            random.pick(algorithms),
            count: Int64.random(in: 1...20, using: &random),
            window: Self.window,
            burst: Int64.random(in: 1...30, using: &random)
        )
        if limit.algorithm == .fixedWindow, !gaps.contains(.calendar), random.chance(25) {
            limit.calendar = .second
            limit.window = 1_000_000
        }
        return limit
    }

    /// Asks for a lease. A slot lasts as long as its lease.
    private mutating func open(_ lease: UInt64, _ calls: inout [LeasedCall], _ book: inout LeaseBook) async throws {
        let limit = limits[0]
        let isSlot = limit.algorithm == .concurrency
        let cost = isSlot ? 1 : Int64.random(in: 1...limit.capacity, using: &random)
        var check = check([cost])
        check.lease = LeaseTerms(id: lease, time: isSlot ? Self.window : random.pick([Self.window, 10 * Self.window]))
        let answer = try await ask(check)
        guard answer.result == .admitted else { return }
        book.take(answer, to: check)
        let until = now + Self.window
        let reset = answer.outcomes[0].reset
        calls.append(LeasedCall(lease: lease, at: now, reset: reset, kept: cost, until: until))
        let taken = calls.count { $0.until > now }
        try require(!isSlot || taken <= limit.count, "\(taken) slots taken")
    }

    /// Settles, cancels or renews the lease of a call, which may have been ended before.
    private mutating func end(_ call: Int, _ calls: inout [LeasedCall], _ book: inout LeaseBook) async throws {
        let target = random.chance(30) ? 0 : Int64.random(in: 0...calls[call].kept, using: &random)
        let operation = TestOperation(
            calls[call].lease,
            ends: random.chance(85),
            [charge(0, 0).counter: target],
            time: Self.window
        )
        guard let asked = book.operation(operation) else { throw Violation("a grant that holds nothing") }
        let result = book.take(try await settle(asked), of: operation)
        guard case .done = result else { return }
        if operation.ends { calls[call].kept = target }
        calls[call].until = operation.ends ? now : now + Self.window
    }
}
