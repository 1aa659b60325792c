package import LimitCore

/// Reads and writes instants: microseconds since the Unix epoch.
package enum Instant {
    /// An RFC 3339 date and time from 1970 on, such as `2026-01-05T09:30:00Z` or `2026-01-05 10:30:00.25+01:00`; nil
    /// where the text is none. What is below a microsecond is cut off.
    package static func parse(_ text: Span<UInt8>) -> Microseconds? {
        var scanner = DigitScanner()
        guard let year = scanner.number(4, text), scanner.take("-", text),
            let month = scanner.number(2, text), scanner.take("-", text),
            let day = scanner.number(2, text), scanner.takeTimeMark(text),
            let hour = scanner.number(2, text), scanner.take(":", text),
            let minute = scanner.number(2, text), scanner.take(":", text),
            let second = scanner.number(2, text), let fraction = scanner.fraction(text),
            let offset = scanner.offset(text), scanner.position == text.count
        else { return nil }
        // A leap second is the second after it, as on a Unix clock.
        guard year >= 1970, (1...12).contains(month), day >= 1, day <= days(in: month, of: year), hour < 24,
            minute < 60, second <= 60
        else { return nil }
        let seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return seconds < 0 ? nil : seconds * 1_000_000 + fraction
    }

    package static func parse(_ text: String) -> Microseconds? {
        parse(text.utf8.span)
    }

    /// `2026-01-05T09:30:00Z`, with as many decimals as are needed.
    package static func text(_ instant: Microseconds) -> String {
        let second = instant / 1_000_000
        let (hour, rest) = (second / 3600 % 24, second % 3600)
        var text = "\(day(instant))T\(two(hour)):\(two(rest / 60)):\(two(rest % 60))"
        let fraction = instant % 1_000_000
        if fraction != 0 {
            var digits = String(1_000_000 + fraction).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return text + "Z"
    }

    /// The day of an instant in UTC: `2026-01-05`.
    package static func day(_ instant: Microseconds) -> String {
        let (year, month, day) = civil(instant / 86_400_000_000)
        return "\(year < 1000 ? "0" : "")\(year)-\(two(month))-\(two(day))"
    }

    /// The hour of an instant in UTC: `2026-01-05 09h`.
    package static func hour(_ instant: Microseconds) -> String {
        "\(day(instant)) \(two(instant / 3_600_000_000 % 24))h"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    // Years that start in March end with the leap day, so that the day of the year is a linear formula. Richards,
    // "Calendars" in the Explanatory Supplement to the Astronomical Almanac.
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func civil(_ daysSinceEpoch: Int64) -> (Int64, Int64, Int64) {
        let days = daysSinceEpoch + 719_468
        let (era, ofEra) = (days / 146_097, days % 146_097)
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

/// Reads the parts of a date from a text.
private struct DigitScanner {
    private(set) var position = 0

    mutating func number(_ count: Int, _ text: Span<UInt8>) -> Int64? {
        guard text.count - position >= count else { return nil }
        var value: Int64 = 0
        for _ in 0..<count {
            let digit = text[position] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
            position += 1
        }
        return value
    }

    mutating func take(_ character: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func takeTimeMark(_ text: Span<UInt8>) -> Bool {
        take("T", text) || take(" ", text) || take("t", text)
    }

    /// Microseconds; 0 without a fraction, nil where a point has no digit after it.
    mutating func fraction(_ text: Span<UInt8>) -> Int64? {
        guard take(".", text) else { return 0 }
        var (value, scale): (Int64, Int64) = (0, 100_000)
        let start = position
        while position < text.count, text[position] &- 0x30 < 10 {
            value += Int64(text[position] - 0x30) * scale
            scale /= 10
            position += 1
        }
        return position == start ? nil : value
    }

    /// Seconds east of UTC.
    mutating func offset(_ text: Span<UInt8>) -> Int64? {
        if take("Z", text) || take("z", text) { return 0 }
        let isEast = take("+", text)
        guard isEast || take("-", text), let hours = number(2, text), take(":", text), let minutes = number(2, text),
            hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
    }
}
