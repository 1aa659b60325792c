package import LimitCore
package import LimitStore

/// A fresh store and the clock it reads.
package struct StoreUnderTest: Sendable {
    /// Decides the checks as one batch and returns when the last of them has been answered.
    package typealias Decide = @Sendable ([TestCheck]) async throws -> [Answer]

    package let clock: ManualClock
    package let decide: Decide
    /// The same without waiting, for a store that can be called from any thread; races then use real threads.
    let decideNow: (@Sendable ([TestCheck]) -> [Answer])?

    /// A store that answers later, on a loop of its own: `decide` makes the batch there, hands it over and waits for
    /// the reply after which `CheckBatch.isDecided` holds. It may be called from many tasks at once.
    package init(clock: ManualClock, decide: @escaping Decide) {
        self.clock = clock
        self.decide = decide
        decideNow = nil
    }

    /// A store that answers before `decide` returns, from any thread.
    package init(clock: ManualClock, immediate store: some LimitStore & Sendable) {
        let decideNow: @Sendable ([TestCheck]) -> [Answer] = { checks in
            let batch = CheckBatch(checks)
            store.decide(batch) { _ in }
            return batch.answers
        }
        self.clock = clock
        self.decideNow = decideNow
        decide = { checks in decideNow(checks) }
    }

    /// Decides one check at an instant.
    package func decide(_ check: TestCheck, at now: Microseconds) async throws -> Answer {
        clock.set(now)
        let answers = try await decide([check])
        guard answers.count == 1 else { throw Violation("\(answers.count) answers to one check") }
        return answers[0]
    }
}
