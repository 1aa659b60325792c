#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The clocks of a bench, in nanoseconds.
enum BenchClock {
    static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// CPU time of the calling thread.
    static func threadCPU() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

extension Duration {
    /// 0 for a negative duration, and at most 292 years.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 9_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
