import LimitCore

/// What a check was charged on one counter, with all it takes to give it back: never more than is left of it.
struct Receipt: Sendable, Equatable {
    var key: [UInt8]
    var limit: Limit
    var cost: Int64
    /// The counter as the charge left it.
    var state: CounterState
    /// What had been given back to the counter by then, ever.
    var given: Int64
}

/// What a part of a check over several slots leaves behind.
struct PartRecord: Sendable, Equatable {
    var receipts: [Receipt] = []
    /// The outcomes of its charges if the whole check is refused.
    var uncharged: [Outcome] = []
}

/// A receipt in a plan.
struct PlannedGiveBack {
    /// Whose place in the plan it has.
    var check: Int
    var counter: UInt16
    var limit: UInt16
    var receipt: Receipt
}
