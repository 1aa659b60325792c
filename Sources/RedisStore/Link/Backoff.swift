/// Waits between attempts: anywhere between 0 and a bound that doubles, so that many daemons do not come at once.
struct Backoff {
    private let first: Int64
    private let last: Int64
    private var bound: Int64

    /// Bounds in us.
    init(first: Int64, last: Int64) {
        self.first = first
        self.last = last
        bound = first
    }

    mutating func reset() { bound = first }

    /// The next wait. `random` is a number of 64 bits, all as likely.
    mutating func next(_ random: UInt64) -> Int64 {
        let wait = Int64(random.multipliedFullWidth(by: UInt64(bound)).high)
        bound = min(bound * 2, last)
        return wait
    }
}
