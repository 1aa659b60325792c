package import LimitCore
import Synchronization

/// A clock that stands still until it is moved.
package final class DrivenClock: Sendable {
    private let time: Atomic<Int64>

    /// `now` is in microseconds since the Unix epoch.
    package init(now: Microseconds) {
        time = Atomic(now)
    }

    package var now: Microseconds {
        get { time.load(ordering: .relaxed) }
        set { time.store(newValue, ordering: .relaxed) }
    }
}
