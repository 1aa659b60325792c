package import LimitCore
package import LimitStore

/// A fresh store and the clock it reads.
package struct StoreUnderTest: Sendable {
    /// Decides the checks as one batch and returns when the last of them has been answered.
    package typealias Decide = @Sendable ([TestCheck]) async throws -> [Answer]

    /// Carries out the operations as one batch and returns when it has been answered.
    package typealias Settle = @Sendable ([LeaseOperation]) async throws -> [LeaseResult]

    package let clock: ManualClock
    package let decide: Decide
    package let settle: Settle
    /// The same without waiting, for a store that can be called from any thread; races then use real threads.
    let immediate: Immediate?

    struct Immediate: Sendable {
        var decide: @Sendable ([TestCheck]) -> [Answer]
        var settle: @Sendable ([LeaseOperation]) -> [LeaseResult]
    }

    /// A store that answers later, on a loop of its own: `decide` makes the batch there, hands it over and waits for
    /// the reply after which `CheckBatch.isDecided` holds; `settle` does the same with a `LeaseBatch`. Both may be
    /// called from many tasks at once.
    ///
    /// A store that knows no leases yet leaves `settle` out.
    package init(
        clock: ManualClock,
        settle: @escaping Settle = { operations in operations.map { _ in .unknown } },
        decide: @escaping Decide
    ) {
        self.clock = clock
        self.decide = decide
        self.settle = settle
        immediate = nil
    }

    /// A store that answers before `decide` and `settle` return, from any thread.
    package init(clock: ManualClock, immediate store: some LimitStore & Sendable) {
        let immediate = Immediate(
            decide: { checks in
                let batch = CheckBatch(checks)
                store.decide(batch) { _ in }
                return batch.answers
            },
            settle: { operations in
                let batch = LeaseBatch(operations)
                store.settle(batch) { _ in }
                return batch.results
            }
        )
        self.clock = clock
        self.immediate = immediate
        decide = { checks in immediate.decide(checks) }
        settle = { operations in immediate.settle(operations) }
    }

    /// Decides one check at an instant.
    package func decide(_ check: TestCheck, at now: Microseconds) async throws -> Answer {
        clock.set(now)
        let answers = try await decide([check])
        guard answers.count == 1 else { throw Violation("\(answers.count) answers to one check") }
        return answers[0]
    }

    /// Carries out one lease operation at an instant.
    package func settle(_ operation: LeaseOperation, at now: Microseconds) async throws -> LeaseResult {
        clock.set(now)
        let results = try await settle([operation])
        guard results.count == 1 else { throw Violation("\(results.count) results of one lease operation") }
        return results[0]
    }
}
