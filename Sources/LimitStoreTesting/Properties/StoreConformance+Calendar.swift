package import LimitCore

extension StoreConformance {
    private static let day: Microseconds = 86_400 * 1_000_000
    private static let minute: Microseconds = 60 * 1_000_000
    private static let hour: Microseconds = 3_600 * 1_000_000

    /// Walks from day to day with a window of every period, and around every midnight steps the clock a minute and an
    /// hour back and forward; every answer must be the oracle's. Returns how many were compared.
    package func checkCalendar(from start: Microseconds, days: Int) async throws -> Int {
        let store = try await makeStore()
        var oracle = Oracle()
        var compared = 0
        var generation = 0
        let steps = [
            -Self.hour, -1, 0, -Self.minute, Self.minute, -Self.hour, Self.hour, Self.hour - Self.minute, 2 * Self.hour,
        ]
        for (day, step) in (0..<days).flatMap({ day in steps.map { (day, $0) } }) {
            let now = start + Int64(day) * Self.day + step
            for period in CalendarPeriod.allCases {
                let limit = Limit(.fixedWindow, count: 1_000, window: period.longest, calendar: period)
                var asked = TestCharge(CounterName(period.name, scope: "\(generation)"), limit, cost: 7)
                if oracle.mayBeForgotten(asked, at: now) {
                    generation += 1
                    asked.counter.scope = "\(generation)"
                }
                let check = TestCheck(asked)
                let expected = oracle.decide(check, at: now)
                let found = try await store.decide(check, at: now)
                try require(found == expected, "day \(day) and \(step)us: \(check)\n  \(expected)\n  \(found)")
                compared += 1
            }
        }
        return compared
    }
}
