import LimitCore

/// One of many callers: asks the same over and over until it has been refused often enough to be sure.
struct Caller: Sendable {
    private static let mostRefusals = 50

    private(set) var admitted: Int64 = 0
    private let check: TestCheck
    private let batch: Int
    private let peeks: Bool
    private var refusals = 0
    private var left = Int64.max
    private var isPeeking: Bool

    init(_ check: TestCheck, batch: Int, peeks: Bool) {
        self.check = check
        self.batch = batch
        self.peeks = peeks
        isPeeking = peeks
    }

    /// What it asks next; nil when it has had enough.
    var question: [TestCheck]? {
        if refusals >= Self.mostRefusals { return nil }
        return isPeeking ? [check.peeking] : Array(repeating: check, count: batch)
    }

    mutating func take(_ answers: [Answer]) throws(Violation) {
        if isPeeking {
            let remaining = answers[0].outcomes[0].remaining
            try require(remaining <= left, "\(remaining) remaining after \(left), with the clock at rest")
            left = remaining
        } else {
            let count = answers.count { $0.result == .admitted }
            admitted += Int64(count)
            refusals = count == 0 ? refusals + 1 : 0
        }
        isPeeking = peeks && !isPeeking
    }
}

extension Caller {
    /// Lets all callers loose at once and returns them as they ended, in their order.
    static func run(_ callers: [Caller], _ store: StoreUnderTest) async throws -> [Caller] {
        if let store = store.immediate {
            return try await Crowd(callers) { caller throws(Violation) in
                while let question = caller.question { try caller.take(store.decide(question)) }
            }.run()
        }
        return try await withThrowingTaskGroup(of: (number: Int, caller: Caller).self) { group in
            for (number, caller) in callers.enumerated() {
                group.addTask {
                    var caller = caller
                    while let question = caller.question { try caller.take(try await store.decide(question)) }
                    return (number, caller)
                }
            }
            return try await group.reduce(into: callers) { $0[$1.number] = $1.caller }
        }
    }
}
