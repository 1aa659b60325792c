import LimitCore
import LimitStoreTesting
import NIOCore

@testable import RedisStore

extension TestDaemon {
    /// Decides checks in one batch.
    func ask(_ checks: [TestCheck]) async -> [Answer] {
        let promise = loop.makePromise(of: [Answer].self)
        loop.execute {
            self.onLane { lane in
                lane.decide(CheckBatch(checks)) { if $0.isDecided { promise.succeed($0.answers) } }
            }
        }
        do { return try await promise.futureResult.get() } catch { preconditionFailure("an answer never fails") }
    }

    /// Carries out operations in one batch.
    func settle(_ operations: [LeaseOperation]) async -> [LeaseResult] {
        let promise = loop.makePromise(of: [LeaseResult].self)
        loop.execute {
            self.onLane { lane in
                lane.settle(LeaseBatch(operations)) { promise.succeed($0.results) }
            }
        }
        do { return try await promise.futureResult.get() } catch { preconditionFailure("a result never fails") }
    }

    /// Opens a lease and notes it; nil where the check is not admitted.
    func open(_ charges: [TestCharge], lease: UInt64, _ book: inout LeaseBook, time: Microseconds = 60_000_000) async
        -> Answer
    {
        let check = TestCheck(charges, lease: LeaseTerms(id: lease, time: time))
        let answer = await ask([check])[0]
        book.take(answer, to: check)
        return answer
    }

    /// Carries out one operation on a lease of the book.
    func settle(_ operation: TestOperation, _ book: inout LeaseBook) async throws -> LeaseResult {
        guard let asked = book.operation(operation) else { throw TestFailure("no such lease: \(operation)") }
        return book.take(await settle([asked])[0], of: operation)
    }

    /// What remains under each of these limits.
    func remaining(_ charges: [TestCharge]) async -> [Int64] {
        let checks = charges.map { charge in
            var charge = charge
            charge.cost = 0
            return TestCheck(charge, peek: true)
        }
        return await ask(checks).map { $0.result == .unknown ? -1 : $0.outcomes[0].remaining }
    }
}
