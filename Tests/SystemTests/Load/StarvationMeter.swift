import Foundation
import Synchronization

/// Knows when this machine did not let a thread run that was due: what took long then says nothing about a daemon.
///
/// A thread with nothing to do wakes every two milliseconds. By how much it is late, others were held up as well.
final class StarvationMeter: Sendable {
    private struct Gap {
        var from: ContinuousClock.Instant
        var to: ContinuousClock.Instant
    }

    private let gaps = Mutex<[Gap]>([])
    private let isOver = Atomic<Bool>(false)
    private static let period = Duration.milliseconds(2)

    init() {
        let thread = Thread { [self] in
            while !isOver.load(ordering: .relaxed) {
                let due = ContinuousClock.now + Self.period
                Pace.wait(until: due)
                let now = ContinuousClock.now
                if now - due > Self.period { gaps.withLock { $0.append(Gap(from: due, to: now)) } }
            }
        }
        thread.start()
    }

    func finish() { isOver.store(true, ordering: .relaxed) }

    /// How much of the time between two instants the machine was starved.
    func starved(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Duration {
        gaps.withLock { gaps in
            gaps.reduce(.zero) { $0 + max(.zero, min($1.to, end) - max($1.from, start)) }
        }
    }

    /// Whether the store's budget of 25 ms may have gone by without anybody's fault.
    func isSevere(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Bool {
        starved(from: start, to: end) > .milliseconds(10)
    }
}
