import Glibc

/// The pace of a load on its own thread.
enum Pace {
    /// Returns at once where the instant is past.
    static func wait(until instant: ContinuousClock.Instant) {
        let (seconds, rest) = (instant - ContinuousClock.now).components
        guard seconds > 0 || rest > 0 else { return }
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(rest / 1_000_000_000))
        nanosleep(&time, nil)
    }
}
