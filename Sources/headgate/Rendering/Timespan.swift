/// A time for people, in its two largest units: `350 ms`, `59 s`, `1 min 30 s`, `3 h 20 min`, `12 d`.
package struct Timespan: Sendable, Equatable, CustomStringConvertible {
    private let milliseconds: UInt64

    package init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
    }

    package init(seconds: UInt64) {
        milliseconds = seconds.multipliedReportingOverflow(by: 1000).partialValue
    }

    package var description: String {
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 10_000, milliseconds % 1000 != 0 {
            return "\(Double((milliseconds + 99) / 100) / 10) s"
        }
        // Whole seconds, rounded up as every wait is.
        let seconds = milliseconds / 1000 + (milliseconds % 1000 == 0 ? 0 : 1)
        let units: [(UInt64, String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let first = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
        let text = "\(seconds / units[first].0) \(units[first].1)"
        guard first + 1 < units.count else { return text }
        let rest = seconds % units[first].0 / units[first + 1].0
        return rest == 0 ? text : "\(text) \(rest) \(units[first + 1].1)"
    }
}
