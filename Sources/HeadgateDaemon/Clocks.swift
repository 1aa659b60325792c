import LimitCore

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The clocks of the daemon, in microseconds. Everything below it is handed a clock and never reads one itself.
enum Clocks {
    /// Since the Unix epoch. It may step.
    static func realtime() -> Microseconds { read(CLOCK_REALTIME) }

    /// Of the time that passes. It never steps.
    static func monotonic() -> Microseconds { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Microseconds {
        var time = timespec()
        clock_gettime(clock, &time)
        return Microseconds(time.tv_sec) * 1_000_000 + Microseconds(time.tv_nsec) / 1000
    }
}
