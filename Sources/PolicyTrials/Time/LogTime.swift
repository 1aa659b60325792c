import LimitCore

/// Times as logs write them.
enum LogTime {
    /// Later than any time in seconds, and earlier than any in milliseconds that a log of ours could hold.
    private static let firstMilliseconds: Int64 = 100_000_000_000
    private static let firstMicroseconds: Int64 = 100_000_000_000_000
    /// No larger number is a time, in whatever unit.
    private static let bound: Int64 = 100_000_000_000_000_000

    /// RFC 3339, or Unix time: below 10^11 in seconds, below 10^14 in milliseconds, else in microseconds, with decimals
    /// or without. Nil where it is none of these.
    static func parse(_ text: Span<UInt8>) -> Microseconds? {
        if text.count > 4, text[4] == UInt8(ascii: "-") { return Instant.parse(text) }
        return unix(text)
    }

    private static func unix(_ text: Span<UInt8>) -> Microseconds? {
        var position = 0
        var whole: Int64 = 0
        while position < text.count, text[position] &- 0x30 < 10, whole < bound {
            whole = whole * 10 + Int64(text[position] - 0x30)
            position += 1
        }
        if position == 0 || whole >= bound { return nil }
        var scale: Int64 = whole < firstMilliseconds ? 1_000_000 : whole < firstMicroseconds ? 1000 : 1
        var time = whole * scale
        if position == text.count { return time }
        guard text[position] == UInt8(ascii: "."), position + 1 < text.count else { return nil }
        for index in position + 1..<text.count {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            scale /= 10
            time += Int64(digit) * scale
        }
        return time
    }
}
