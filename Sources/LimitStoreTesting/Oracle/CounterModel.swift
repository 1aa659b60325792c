import LimitCore

/// What one algorithm counts, in exact arithmetic and straight from its definition.
///
/// A model remembers what was charged and when. It knows no closed form: the oracle finds every wait by asking `used`
/// at later instants. A model that holds nothing is as new.
protocol CounterModel: Sendable {
    /// Puts the stamps right where the clock stepped back and tells whether it moved any.
    mutating func correct(at now: Int128, _ limit: Limit) -> Bool
    /// What counts against a limit at an instant, if nobody has called since.
    func used(at now: Int128, _ limit: Limit) -> Int128
    /// Charges, and tells how to find the charge again. `slot` names what a charge of slots takes.
    mutating func charge(_ cost: Int128, at now: Int128, _ limit: Limit, slot: UInt64) -> ChargeMark
    /// Gives up to `amount` of a charge back, less what time has returned; tells whether that changed anything.
    mutating func giveBack(_ amount: Int128, of charge: ChargeMark, at now: Int128, _ limit: Limit) -> Bool
    /// Takes up to `amount` back from what counts in the current window, whoever was charged, the oldest first. Something
    /// does count.
    mutating func takeBack(_ amount: Int128, at now: Int128, _ limit: Limit)
    /// What could be taken back.
    func spent(at now: Int128, _ limit: Limit) -> Int128
}

extension CounterModel {
    func spent(at now: Int128, _ limit: Limit) -> Int128 { used(at: now, limit) }
}

/// What a lease remembers of a charge: which time of its counter it was made in.
struct ChargeMark: Sendable {
    var stamp: Int128
    /// Of a bucket: how much had been charged in that time, this charge included.
    var charged: Int128 = 0
}

/// The bound at which what is spent saturates.
let largestAmount = Int128(Amount.max)

/// a / b rounded up, for a at least 0 and b above 0.
func quotientUp(_ a: Int128, _ b: Int128) -> Int128 {
    (a + b - 1) / b
}
