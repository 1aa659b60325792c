/// A period of the calendar in UTC that a window can be aligned to.
package enum CalendarPeriod: UInt8, Sendable, CaseIterable {
    case second, minute, hour, day, week, month, year

    /// The name in the rate notation: `week`.
    package var name: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .day: "day"
        case .week: "week"
        case .month: "month"
        case .year: "year"
        }
    }

    /// The longest the period can be: a month of 31 days, a year of 366.
    package var longest: Microseconds {
        switch self {
        case .second: 1_000_000
        case .minute: 60 * 1_000_000
        case .hour: 3_600 * 1_000_000
        case .day: 86_400 * 1_000_000
        case .week: 7 * 86_400 * 1_000_000
        case .month: 31 * 86_400 * 1_000_000
        case .year: longestWindow
        }
    }

    /// Whether the period is as long every time, so that a window can be so many of it.
    package var isFixed: Bool { self != .month && self != .year }

    /// The period that a word of the notation names, in lower case.
    init?(word: String) {
        switch word {
        case "second", "seconds", "s", "sec": self = .second
        case "minute", "minutes", "m", "min": self = .minute
        case "hour", "hours", "h", "hr": self = .hour
        case "day", "days", "d": self = .day
        case "week", "weeks", "w": self = .week
        case "month", "months": self = .month
        case "year", "years": self = .year
        default: return nil
        }
    }
}
