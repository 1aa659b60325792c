import Foundation
import LimitCore
import LimitStoreTesting
import Testing

/// The calendar of Foundation is the judge.
struct CalendarWindowTests {
    private static let second: Microseconds = 1_000_000

    private static let gregorian: Calendar = {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static let components: [(period: CalendarPeriod, component: Calendar.Component)] = [
        (.second, .second), (.minute, .minute), (.hour, .hour), (.day, .day), (.week, .weekOfYear), (.month, .month),
        (.year, .year),
    ]

    /// The interval that Foundation finds around a second.
    private func expected(_ component: Calendar.Component, at seconds: Int64) throws -> CalendarWindow {
        let date = Date(timeIntervalSince1970: TimeInterval(seconds))
        let interval = try #require(Self.gregorian.dateInterval(of: component, for: date))
        return CalendarWindow(
            start: Int64(interval.start.timeIntervalSince1970) * Self.second,
            end: Int64(interval.end.timeIntervalSince1970) * Self.second
        )
    }

    private func check(at seconds: Int64) throws {
        for (period, component) in Self.components {
            let expected = try expected(component, at: seconds)
            let instants = [seconds * Self.second, seconds * Self.second + 999_999]
            for instant in instants {
                #expect(period.window(at: instant, length: period.longest) == expected, "\(period) at \(instant)")
            }
            #expect(expected.end - expected.start <= period.longest)
        }
    }

    @Test(arguments: [1970, 1999, 2000, 2024, 2027, 2028, 2099, 2100, 2400])
    func `every day of a year lies in the windows that it should`(year: Int) throws {
        let first = try #require(Self.gregorian.date(from: DateComponents(year: year, month: 1, day: 1)))
        let start = Int64(first.timeIntervalSince1970)
        for day in 0..<366 as Range<Int64> {
            try check(at: start + day * 86_400)
            try check(at: start + day * 86_400 + 86_399)
        }
    }

    @Test(arguments: [3, 99] as [UInt64])
    func `random instants lie in the windows that they should`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 { try check(at: Int64.random(in: 0..<16_725_225_600, using: &random)) }
    }

    @Test func `windows of several periods are counted from the epoch, weeks from its first Monday`() {
        let day = 86_400 * Self.second
        #expect(
            CalendarPeriod.minute.window(at: 7 * 60 * Self.second, length: 300 * Self.second)
                == CalendarWindow(start: 300 * Self.second, end: 600 * Self.second)
        )
        #expect(
            CalendarPeriod.day.window(at: 9 * day, length: 4 * day) == CalendarWindow(start: 8 * day, end: 12 * day)
        )
        #expect(
            CalendarPeriod.week.window(at: 17 * day, length: 14 * day)
                == CalendarWindow(start: 4 * day, end: 18 * day)
        )
        #expect(
            CalendarPeriod.week.window(at: 3 * day, length: 14 * day)
                == CalendarWindow(start: -10 * day, end: 4 * day)
        )
    }
}
