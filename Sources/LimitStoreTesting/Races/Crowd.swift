import Foundation
import Synchronization

/// Callers on threads of their own, more than there are cores, so that any of them may be stopped anywhere.
final class Crowd: Sendable {
    /// Long after the slowest machine is done: who has not come back by then never will.
    private static let patience: TimeInterval = 40

    private let decide: @Sendable ([TestCheck]) -> [Answer]
    private let callers: Mutex<[Caller]>
    private let failure = Mutex<Violation?>(nil)
    private let count: Int
    private let started = Atomic<Int>(0)
    private let ended = DispatchGroup()

    init(_ callers: [Caller], _ decide: @escaping @Sendable ([TestCheck]) -> [Answer]) {
        self.callers = Mutex(callers)
        self.decide = decide
        count = callers.count
    }

    func run() async throws -> [Caller] {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[Caller], any Error>) in
            Thread.detachNewThread {
                continuation.resume(with: Result { try self.runAll() })
            }
        }
    }

    private func runAll() throws -> [Caller] {
        for number in 0..<count {
            ended.enter()
            Thread.detachNewThread {
                self.run(number)
                self.ended.leave()
            }
        }
        guard ended.wait(timeout: .now() + Self.patience) == .success else {
            throw Violation("callers wait for each other for ever")
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return callers.withLock { $0 }
    }

    private func run(_ number: Int) {
        started.add(1, ordering: .sequentiallyConsistent)
        while started.load(ordering: .sequentiallyConsistent) < count { Thread.sleep(forTimeInterval: 0) }
        var caller = callers.withLock { $0[number] }
        do throws(Violation) {
            while let question = caller.question { try caller.take(decide(question)) }
            callers.withLock { $0[number] = caller }
        } catch {
            failure.withLock { $0 = error }
        }
    }
}
