/// The bounds that amounts and times share.
///
/// A Lua number is a double and exact to 2^53 - 1, so every amount (a limit, a cost, what was spent) stays in
/// 0...`Amount.max`, in memory as in Redis. What would pass the bound saturates there.
package enum Amount {
    /// 2^53 - 1, the largest amount there is.
    package static let max: Int64 = (1 << 53) - 1

    /// The sum of two amounts, at most `Amount.max`.
    package static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? max : Swift.min(sum, max)
    }

    /// The product of two amounts, at most `Amount.max`.
    package static func product(_ a: Int64, _ b: Int64) -> Int64 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? max : Swift.min(product, max)
    }

    /// An amount from outside, or nil where it is past the bound.
    package static func checked(_ value: UInt64) -> Int64? {
        value <= UInt64(max) ? Int64(truncatingIfNeeded: value) : nil
    }
}

/// Time in whole microseconds: an instant is counted from the Unix epoch of the store's clock, a span is a difference.
package typealias Microseconds = Int64

/// The longest window, 366 days.
package let longestWindow: Microseconds = 366 * 86_400 * 1_000_000
