import LimitCore

/// What one algorithm counts, in exact arithmetic and straight from its definition.
///
/// A model remembers what was charged and when. It knows no closed form: the oracle finds every wait by asking `used`
/// at later instants.
protocol CounterModel: Sendable {
    /// Puts the stamps right where the clock stepped back and tells whether it moved any.
    mutating func correct(at now: Int128, window: Int128) -> Bool
    /// What counts against a limit at an instant, if nobody has called since. `rate` is what a window admits or refills.
    func used(at now: Int128, window: Int128, rate: Int128) -> Int128
    mutating func charge(_ cost: Int128, at now: Int128, window: Int128, rate: Int128)
}

/// The bound at which what is spent saturates.
let largestAmount = Int128(Amount.max)

/// a / b rounded up, for a at least 0 and b above 0.
func quotientUp(_ a: Int128, _ b: Int128) -> Int128 {
    (a + b - 1) / b
}
