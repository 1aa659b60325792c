/// `a * b / divisor` with a product of full width, the twin of `mulDiv` in `decide.lua`.
///
/// All arguments are at least 0 and `divisor` is above 0. A quotient past `Amount.max` saturates there, with
/// remainder 0: no caller needs to tell apart what lies beyond.
package func mulDiv(_ a: Int64, _ b: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    mulAddDiv(a, b, 0, divisor)
}

/// `(a * b + c) / divisor` as `mulDiv` does it; `c` is at least 0.
package func mulAddDiv(_ a: Int64, _ b: Int64, _ c: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let divisor = UInt64(divisor)
    let product = UInt64(a).multipliedFullWidth(by: UInt64(b))
    let (low, carry) = product.low.addingReportingOverflow(UInt64(c))
    let high = product.high &+ (carry ? 1 : 0)
    if high == 0 {
        let (quotient, remainder) = low.quotientAndRemainder(dividingBy: divisor)
        guard quotient <= UInt64(Amount.max) else { return (Amount.max, 0) }
        return (Int64(quotient), Int64(remainder))
    }
    guard high < divisor else { return (Amount.max, 0) }
    let (quotient, remainder) = divisor.dividingFullWidth((high, low))
    guard quotient <= UInt64(Amount.max) else { return (Amount.max, 0) }
    return (Int64(quotient), Int64(remainder))
}

/// `a * b / divisor` rounded up, at most `Amount.max`.
package func mulDivUp(_ a: Int64, _ b: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = mulDiv(a, b, divisor)
    return remainder > 0 ? min(quotient + 1, Amount.max) : quotient
}

/// The smallest t with `rate * t + carry >= amount * window`: how long a refill of `amount` takes.
///
/// `rate` is above 0 and `carry` at least 0 and below `window`; 0 where the amount is 0.
package func refillTime(_ amount: Int64, window: Microseconds, carry: Int64, rate: Int64) -> Microseconds {
    guard amount > 0 else { return 0 }
    let product = UInt64(amount).multipliedFullWidth(by: UInt64(window))
    let (low, borrow) = product.low.subtractingReportingOverflow(UInt64(carry))
    let high = product.high &- (borrow ? 1 : 0)
    let divisor = UInt64(rate)
    guard high < divisor else { return Amount.max }
    let (quotient, remainder) = divisor.dividingFullWidth((high, low))
    guard quotient < UInt64(Amount.max) else { return Amount.max }
    return Int64(quotient) + (remainder > 0 ? 1 : 0)
}
