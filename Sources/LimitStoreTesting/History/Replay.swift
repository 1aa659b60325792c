import LimitCore

/// A history of single checks and lease operations, told to a fresh store and a fresh oracle side by side.
struct Replay: Sendable {
    struct Moment: Sendable {
        var now: Microseconds
        var inquiry: Inquiry
    }

    private var oracle = Oracle()
    private var book = LeaseBook()
    private let store: StoreUnderTest

    /// Where the store first differs; nil where it does not, or where no rule says what it must answer.
    static func difference(_ moments: [Moment], _ store: StoreUnderTest) async throws -> Difference? {
        var replay = Replay(store: store)
        for (number, moment) in moments.enumerated() {
            guard let (expected, found) = try await replay.ask(moment) else { return nil }
            if found == expected { continue }
            return Difference(
                step: number,
                position: 0,
                inquiry: moment.inquiry,
                expected: expected,
                found: found
            )
        }
        return nil
    }

    private init(store: StoreUnderTest) {
        self.store = store
    }

    /// Both answers; nil where no rule says what to answer. A lease that was never granted is not asked about.
    private mutating func ask(_ moment: Moment) async throws -> (expected: Reply, found: Reply)? {
        switch moment.inquiry {
        case .check(let check):
            if check.charges.contains(where: { oracle.mayBeForgotten($0, at: moment.now) }) { return nil }
            let expected = oracle.decide(check, at: moment.now)
            let found = try await store.decide(check, at: moment.now)
            book.take(found, to: check)
            return (.answer(expected), .answer(found))
        case .operation(let operation):
            guard let asked = book.operation(operation) else { return (.result(.gone), .result(.gone)) }
            guard oracle.isCertain(operation, at: moment.now) else { return nil }
            let expected = oracle.settle(operation, at: moment.now)
            let found = try await store.settle(asked, at: moment.now)
            return (.result(expected), .result(book.take(found, of: operation)))
        }
    }
}
