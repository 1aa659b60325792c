/// So much of a unit in so much time: `90000 tokens per minute`.
package struct Rate: Sendable, Equatable {
    /// N, 0 to `Amount.max`.
    package var count: Int64
    /// What is counted: `[a-z][a-z0-9_-]{0,31}`; `requests` unless the notation names one.
    package var unit: String
    /// W, 1 to `longestWindow`. For a calendar rate the longest its period can be.
    package var window: Microseconds
    /// Set where windows are aligned to the calendar instead of starting at the first charge.
    package var calendar: CalendarPeriod?

    package init(count: Int64, unit: String = "requests", window: Microseconds, calendar: CalendarPeriod? = nil) {
        self.count = count
        self.unit = unit
        self.window = window
        self.calendar = calendar
    }
}
