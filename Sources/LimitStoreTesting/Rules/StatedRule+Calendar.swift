import LimitCore

/// `ManualClock.start` is 15:06:40 on Sunday, 15 June 2025, UTC.
extension StatedRule {
    private static func limit(_ period: CalendarPeriod, of number: Int64 = 1) -> Limit {
        Limit(.fixedWindow, count: 10, window: period.longest * number, calendar: period)
    }

    private static let second: Microseconds = 1_000_000

    static let calendar: [StatedRule] = [
        StatedRule(
            "a window of the calendar, a second, ends with it and not W after the first charge",
            gaps: [.calendar],
            [
                admits(10, limit(.second), at: second / 4, remaining: 0, reset: 3 * second / 4),
                refuses(1, limit(.second), at: second - 1, remaining: 0, reset: 1, retry: .after(1)),
                admits(1, limit(.second), at: second, remaining: 9, reset: second),
            ]
        ),
        ends("minute", limit(.minute), in: 20, next: 60),
        ends("5 minutes", limit(.minute, of: 5), in: 200, next: 300),
        ends("hour", limit(.hour), in: 3_200, next: 3_600),
        ends("day", limit(.day), in: 32_000, next: 86_400),
        ends("week", limit(.week), in: 32_000, next: 604_800),
        // 2,892 weeks had passed since Monday, 5 January 1970: this is the first of a pair.
        ends("2 weeks", limit(.week, of: 2), in: 32_000 + 604_800, next: 1_209_600),
        ends("month", limit(.month), in: 1_328_000, next: 31 * 86_400),
        ends("year", limit(.year), in: (184 + 15) * 86_400 + 32_000, next: 365 * 86_400),
        StatedRule(
            "a step back of at most W keeps the period that was charged",
            gaps: [.calendar],
            [
                admits(1, limit(.minute), at: 19 * second, remaining: 9, reset: second),
                admits(10, limit(.minute), at: 20 * second, remaining: 0, reset: 60 * second),
                refuses(
                    1,
                    limit(.minute),
                    at: 20 * second - 1,
                    remaining: 0,
                    reset: 60 * second + 1,
                    retry: .after(60 * second + 1)
                ),
                refuses(
                    1,
                    limit(.minute),
                    at: -40 * second,
                    remaining: 0,
                    reset: 120 * second,
                    retry: .after(120 * second)
                ),
                admits(1, limit(.minute), at: 80 * second, remaining: 9, reset: 60 * second),
            ]
        ),
        StatedRule(
            "a step back of more than W moves what was spent to the period of now",
            gaps: [.calendar],
            [
                admits(8, limit(.minute), at: 20 * second, remaining: 2, reset: 60 * second),
                refuses(3, limit(.minute), at: -40 * second - 1, remaining: 2, reset: 1, retry: .after(1)),
                admits(3, limit(.minute), at: -40 * second, remaining: 7, reset: 60 * second),
            ]
        ),
    ]

    /// Charges all of the period of `ManualClock.start`, which ends in so many seconds, and starts the next.
    private static func ends(_ name: String, _ limit: Limit, in rest: Int64, next: Int64) -> StatedRule {
        StatedRule(
            "a window of the calendar, a \(name), ends with it and not W after the first charge",
            gaps: [.calendar],
            [
                admits(4, limit, at: 0, remaining: 6, reset: rest * second),
                admits(6, limit, at: rest * second - 1, remaining: 0, reset: 1),
                refuses(1, limit, at: rest * second - 1, remaining: 0, reset: 1, retry: .after(1)),
                admits(1, limit, at: rest * second, remaining: 9, reset: next * second),
            ]
        )
    }
}
