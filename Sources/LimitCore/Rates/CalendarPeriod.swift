/// A period of the calendar in UTC that a window can be aligned to.
package enum CalendarPeriod: UInt8, Sendable, CaseIterable {
    case second, minute, hour, day, week, month, year
}
