/// A window of the calendar: from `start` to just before `end`.
package struct CalendarWindow: Sendable, Equatable {
    package var start: Microseconds
    package var end: Microseconds

    package init(start: Microseconds, end: Microseconds) {
        self.start = start
        self.end = end
    }
}

extension CalendarPeriod {
    /// The window that an instant lies in, in UTC.
    ///
    /// `length` is W: where the period is as long every time a window may be several of it, counted from the Unix
    /// epoch, weeks from Monday, 5 January 1970. A month and a year are as long as they are.
    package func window(at instant: Microseconds, length: Microseconds) -> CalendarWindow {
        switch self {
        case .second, .minute, .hour, .day: Self.aligned(instant, length, to: 0)
        case .week: Self.aligned(instant, length, to: Self.firstMonday)
        case .month, .year: months(at: instant)
        }
    }

    private static let dayLength: Microseconds = 86_400 * 1_000_000
    private static let firstMonday: Microseconds = 4 * dayLength

    private static func aligned(
        _ instant: Microseconds,
        _ length: Microseconds,
        to origin: Microseconds
    ) -> CalendarWindow {
        let start = instant - modulo(instant - origin, length)
        return CalendarWindow(start: start, end: start + length)
    }

    private func months(at instant: Microseconds) -> CalendarWindow {
        let day = (instant - Self.modulo(instant, Self.dayLength)) / Self.dayLength
        let date = CivilMonth(day: day)
        let first = self == .year ? CivilMonth(year: date.year, month: 1) : date
        let next = self == .year ? CivilMonth(year: date.year + 1, month: 1) : date.next
        return CalendarWindow(start: first.firstDay * Self.dayLength, end: next.firstDay * Self.dayLength)
    }

    private static func modulo(_ a: Int64, _ b: Int64) -> Int64 {
        let rest = a % b
        return rest < 0 ? rest + b : rest
    }
}

/// A month of the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year: the method of Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms" (2013). `decide.lua` has its twin.
struct CivilMonth: Equatable {
    var year: Int64
    /// 1 to 12.
    var month: Int64

    init(year: Int64, month: Int64) {
        self.year = year
        self.month = month
    }

    /// The month of a day, counted from 1 January 1970; the day is not before 1 March of the year 0.
    init(day: Int64) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var next: CivilMonth {
        month == 12 ? CivilMonth(year: year + 1, month: 1) : CivilMonth(year: year, month: month + 1)
    }

    /// Its first day, counted from 1 January 1970.
    var firstDay: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let fromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * fromMarch + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
