import LimitCore

extension Limit {
    /// The period of the calendar that an instant lies in; nil where the limit has none.
    func period(at instant: Int128) -> (start: Int128, end: Int128)? {
        switch calendar {
        case nil: nil
        case .second, .minute, .hour, .day: aligned(instant, to: 0)
        case .week: aligned(instant, to: Monday.first)
        case .month: Months.period(at: instant, of: 1)
        case .year: Months.period(at: instant, of: 12)
        }
    }

    private func aligned(_ instant: Int128, to origin: Int128) -> (start: Int128, end: Int128) {
        let length = Int128(window)
        var past = (instant - origin) % length
        if past < 0 { past += length }
        return (instant - past, instant - past + length)
    }
}

private enum Monday {
    /// 1 January 1970 was a Thursday.
    static let first: Int128 = 4 * 86_400 * 1_000_000
}

/// The months from 1970 to 2500, found by counting days.
private enum Months {
    private static let starts: [Int128] = {
        var starts: [Int128] = []
        var day: Int128 = 0
        for year in 1970..<2500 {
            let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
            for days in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as [Int128] {
                starts.append(day * 86_400 * 1_000_000)
                day += days
            }
        }
        return starts
    }()

    /// Of so many months each, the first of which starts with January 1970.
    static func period(at instant: Int128, of months: Int) -> (start: Int128, end: Int128) {
        precondition(instant >= 0 && instant < starts[starts.count - 12], "the oracle's calendar ends")
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= instant { low = middle } else { high = middle }
        }
        let first = low - low % months
        return (starts[first], starts[first + months])
    }
}
