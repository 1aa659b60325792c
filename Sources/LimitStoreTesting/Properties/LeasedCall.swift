import LimitCore

/// A call that was admitted with a lease, and what it kept of it in the end.
struct LeasedCall {
    var lease: UInt64
    var at: Microseconds
    /// The announced reset, which tells its window.
    var reset: Microseconds
    var kept: Int64
    /// Of a slot: until when it is taken.
    var until: Microseconds
}

/// What a limit may admit at most. Only what calls were admitted for and kept is counted: neither what was given back,
/// nor what was charged past the limit because it had been used already.
extension [LeasedCall] {
    func check(_ limit: Limit) throws(Violation) {
        switch limit.algorithm {
        case .fixedWindow: try checkWindows(limit)
        case .slidingWindow: try checkOverlaps(limit)
        case .slidingLog:
            try checkSpans { $0 < limit.window ? Int128(limit.count) : .max }
        case .tokenBucket:
            try checkSpans { Int128(limit.capacity) + Int128(limit.count) * Int128($0) / Int128(limit.window) }
        case .concurrency: break
        }
    }

    /// Any stretch of time: a log keeps at most N in less than W, a bucket its burst and what that time refills.
    private func checkSpans(_ most: (Microseconds) -> Int128) throws(Violation) {
        for first in indices {
            var sum: Int128 = 0
            for last in first..<count {
                sum += Int128(self[last].kept)
                let span = self[last].at - self[first].at
                try require(sum <= most(span), "\(sum) kept of the calls within \(span)")
            }
        }
    }

    /// A window, told by its end, keeps at most N.
    private func checkWindows(_ limit: Limit) throws(Violation) {
        var kept: [Microseconds: Int64] = [:]
        for call in self {
            kept[call.at + call.reset, default: 0] += call.kept
            try require(kept[call.at + call.reset, default: 0] <= limit.count, "more kept than fits a window")
        }
    }

    /// At every call, what its window has kept and the part of the one before that the last W overlaps are at most N.
    private func checkOverlaps(_ limit: Limit) throws(Violation) {
        var kept: [Microseconds: Int128] = [:]
        let window = Int128(limit.window)
        for call in self {
            let start = call.at + call.reset - 2 * limit.window
            kept[start, default: 0] += Int128(call.kept)
            let overlap = quotientUp(
                kept[start - limit.window, default: 0] * (window - Int128(call.at - start)),
                window
            )
            let sum = kept[start, default: 0] + overlap
            try require(sum <= Int128(limit.count), "\(sum) kept of the last window")
        }
    }
}
