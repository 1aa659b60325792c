/// What was used of one unit.
package struct UnitAmount: Sendable, Equatable {
    package var unit: String
    /// 0 to `Amount.max`.
    package var amount: Int64

    package init(unit: String, amount: Int64) {
        self.unit = unit
        self.amount = amount
    }
}
