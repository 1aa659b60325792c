package import LimitCore

extension StoreConformance {
    private static let workers = 16

    /// Opens and settles so many leases from 16 callers at once. In the end no slot may be taken, and calls and tokens
    /// must be exactly what was used. A bucket takes what comes back off its oldest charge, so where a later lease is
    /// settled first the earlier one gets less back: there at least what was used must be spent.
    package func checkLeaseRace(_ algorithm: Algorithm, leases: Int) async throws {
        let store = try await makeStore()
        let workers = (0..<Self.workers).map { number in
            LeaseWorker(
                number: number,
                leases: leases / Self.workers + (number < leases % Self.workers ? 1 : 0),
                tokens: Limit(algorithm, count: Amount.max, window: longestWindow)
            )
        }
        var used: Int64 = 0
        var slotsTaken = 0
        for worker in try await LeaseWorker.run(workers, store) {
            used += worker.used
            slotsTaken += worker.settled
        }
        try require(slotsTaken == leases, "\(slotsTaken) of \(leases) leases were settled")
        let charges = workers[0].charges
        let outcomes = try await store.decide([TestCheck(charges, peek: true)])[0].outcomes
        let spent = zip(charges, outcomes).map { $0.limit.capacity - $1.remaining }
        try require(spent[0] == 0, "\(spent[0]) slots are taken")
        let isRight = algorithm == .tokenBucket ? spent[1] >= used : spent[1] == used
        try require(isRight, "\(spent[1]) tokens are spent, but \(used) were used")
        try require(spent[2] == leases, "\(spent[2]) calls were counted, but \(leases) were made")
    }
}

/// One of many callers who open leases and settle them.
struct LeaseWorker: Sendable {
    /// Fewer than there are callers, so that some are refused and ask again.
    private static let slots = Limit(.concurrency, count: 8, window: longestWindow)
    private static let calls = Limit(.fixedWindow, count: Amount.max, window: longestWindow)

    let number: Int
    let leases: Int
    /// A slot, 100 tokens and a call.
    let charges: [TestCharge]
    private(set) var settled = 0
    private(set) var used: Int64 = 0
    private var opened: [(id: UInt64, used: Int64)] = []
    private var book = LeaseBook()

    init(number: Int, leases: Int, tokens: Limit) {
        self.number = number
        self.leases = leases
        charges = [charge("inflight", Self.slots), charge("tokens", tokens, 100), charge("calls", Self.calls)]
    }

    enum Turn {
        case open(TestCheck)
        case settle(TestOperation, LeaseOperation)
    }

    /// What it does next; nil when all its leases are settled.
    var turn: Turn? {
        if let lease = opened.first {
            let operation = TestOperation(lease.id, ends: true, [charges[1].counter: lease.used])
            return book.operation(operation).map { .settle(operation, $0) }
        }
        guard settled < leases else { return nil }
        let id = UInt64(number) << 32 | UInt64(settled)
        return .open(TestCheck(charges, lease: LeaseTerms(id: id, time: longestWindow)))
    }

    mutating func take(_ answer: Answer, to check: TestCheck) {
        book.take(answer, to: check)
        if answer.result == .admitted, let id = check.lease?.id { opened.append((id, Int64(settled % 150))) }
    }

    mutating func take(_ result: LeaseResult) throws(Violation) {
        guard case .done(_, false) = result else { throw Violation("a lease is settled as \(result)") }
        used += opened.removeFirst().used
        settled += 1
    }
}

extension LeaseWorker {
    /// Lets all workers loose at once and returns them as they ended.
    static func run(_ workers: [LeaseWorker], _ store: StoreUnderTest) async throws -> [LeaseWorker] {
        if let store = store.immediate {
            return try await Crowd(workers) { worker throws(Violation) in
                while let turn = worker.turn {
                    switch turn {
                    case .open(let check): worker.take(store.decide([check])[0], to: check)
                    case .settle(_, let operation): try worker.take(store.settle([operation])[0])
                    }
                }
            }.run()
        }
        return try await withThrowingTaskGroup(of: LeaseWorker.self) { group in
            for worker in workers {
                group.addTask {
                    var worker = worker
                    while let turn = worker.turn {
                        switch turn {
                        case .open(let check): worker.take(try await store.decide([check])[0], to: check)
                        case .settle(_, let operation): try worker.take(try await store.settle([operation])[0])
                        }
                    }
                    return worker
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
