import NIOCore

/// One timer for the deadlines of a connection's calls, at the earliest of them.
///
/// Most calls are answered in the pass of the loop that read them: no timer is set for those.
struct DeadlineAlarm {
    private var earliest = NIODeadline.distantFuture
    private var armed = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?

    /// A call has this deadline.
    mutating func note(_ deadline: NIODeadline) { earliest = min(earliest, deadline) }

    /// All calls are answered.
    mutating func forget() { earliest = .distantFuture }

    /// Sees to it that `ring` is called at the earliest deadline, which is forgotten with it.
    mutating func arm(on loop: any EventLoop, _ ring: @escaping () -> Void) {
        guard earliest < armed else { return }
        timer?.cancel()
        armed = earliest
        timer = loop.assumeIsolated().scheduleTask(deadline: earliest, ring)
    }

    /// The timer has rung.
    mutating func rang() {
        armed = .distantFuture
        earliest = .distantFuture
    }

    mutating func stop() {
        timer?.cancel()
        timer = nil
    }
}
