import Foundation
import Synchronization

/// Callers on threads of their own, more than there are cores, so that any of them may be stopped anywhere.
final class Crowd<Member: Sendable>: Sendable {
    /// Long after the slowest machine is done: who has not come back by then never will.
    private let patience: TimeInterval = 40

    private let body: @Sendable (inout Member) throws(Violation) -> Void
    private let callers: Mutex<[Member]>
    private let failure = Mutex<Violation?>(nil)
    private let count: Int
    private let started = Atomic<Int>(0)
    private let ended = DispatchGroup()

    init(_ callers: [Member], _ body: @escaping @Sendable (inout Member) throws(Violation) -> Void) {
        self.callers = Mutex(callers)
        self.body = body
        count = callers.count
    }

    func run() async throws -> [Member] {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[Member], any Error>) in
            Thread.detachNewThread {
                continuation.resume(with: Result { try self.runAll() })
            }
        }
    }

    private func runAll() throws -> [Member] {
        for number in 0..<count {
            ended.enter()
            Thread.detachNewThread {
                self.run(number)
                self.ended.leave()
            }
        }
        guard ended.wait(timeout: .now() + patience) == .success else {
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
            try body(&caller)
            callers.withLock { $0[number] = caller }
        } catch {
            failure.withLock { $0 = error }
        }
    }
}
