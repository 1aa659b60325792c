import LimitCore

/// Spans of time as cases write them: whole numbers with `ms`, `s`, `m`, `h` or `d`, such as `1m30s` or `250ms`.
enum SpanText {
    private static let units: [(name: String, length: Microseconds)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1000),
    ]

    /// At most 366 days; nil where the text is no span.
    static func parse(_ text: String) -> Microseconds? {
        var rest = Substring(text)
        var sum: Microseconds = 0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let unit = rest.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
            guard let count = Int64(digits), let length = units.first(where: { $0.name == unit })?.length else {
                return nil
            }
            let (span, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, span <= longestWindow else { return nil }
            sum += span
            guard sum <= longestWindow else { return nil }
            rest = rest.dropFirst(digits.count + unit.count)
        } while !rest.isEmpty
        return sum
    }

    /// The span in its largest units, exact to the millisecond: `1m30s`.
    static func text(_ span: Microseconds) -> String {
        var rest = span
        var text = ""
        for unit in units where rest >= unit.length {
            text += "\(rest / unit.length)\(unit.name)"
            rest %= unit.length
        }
        return text.isEmpty ? "0s" : text
    }
}
