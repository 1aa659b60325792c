extension Rate: CustomStringConvertible {
    /// The rate in its own notation, in one fixed form: `90000 tokens per 15 minutes`.
    ///
    /// Reading it gives the same rate, as long as the window is whole seconds, which the notation cannot go below.
    package var description: String {
        let amount = unit == "requests" ? "\(count)" : "\(count) \(unit)"
        if let calendar { return "\(amount) per calendar \(calendar.name)" }
        let (multiple, period) = span
        return multiple == 1 ? "\(amount) per \(period)" : "\(amount) per \(multiple) \(period)s"
    }

    /// The window as a part of a name: `15minute`, `calendar-month`.
    package var windowName: String {
        if let calendar { return "calendar-\(calendar.name)" }
        let (multiple, period) = span
        return "\(multiple)\(period)"
    }

    /// The window in the longest period that it is a multiple of.
    private var span: (multiple: Int64, period: String) {
        for period: CalendarPeriod in [.week, .day, .hour, .minute, .second]
        where window > 0 && window.isMultiple(of: period.longest) {
            return (window / period.longest, period.name)
        }
        return (window, "microsecond")
    }
}
