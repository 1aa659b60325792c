import LimitCore

/// Numbers for hours, in the order in which they come.
struct HourTable {
    /// The number of all hours past the bound, which is more than a century of them.
    static let others = 0
    private static let most = 1_000_000

    private var numbers: [Int64: Int] = [:]
    /// By number: the hour's start.
    private(set) var starts: [Microseconds] = [0]
    private var last: (hour: Int64, number: Int) = (-1, 0)

    mutating func number(of time: Microseconds) -> Int {
        let hour = time / 3_600_000_000
        if hour == last.hour { return last.number }
        last = (hour, numbers[hour] ?? add(hour))
        return last.number
    }

    private mutating func add(_ hour: Int64) -> Int {
        guard starts.count <= Self.most else { return Self.others }
        starts.append(hour * 3_600_000_000)
        numbers[hour] = starts.count - 1
        return starts.count - 1
    }
}
