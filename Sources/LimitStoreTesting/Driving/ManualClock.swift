package import LimitCore
import Synchronization

/// A clock that stands still until a test moves it, forward or back.
package final class ManualClock: Sendable {
    /// Some instant of the year 2025: far enough from 0 for the largest steps back.
    package static let start: Microseconds = 1_750_000_000_000_000

    private let instant: Atomic<Microseconds>

    package init(_ start: Microseconds = ManualClock.start) {
        instant = Atomic(start)
    }

    package var now: Microseconds {
        instant.load(ordering: .sequentiallyConsistent)
    }

    package func set(_ now: Microseconds) {
        instant.store(now, ordering: .sequentiallyConsistent)
    }

    package func advance(by step: Microseconds) {
        set(now + step)
    }
}
