/// What one limit asks of the store for one check.
///
/// The counter is named by bytes in the text of the batch's `Questions`; what a store makes of them (a hash, a key in
/// Redis) is its own affair. Two charges are on the same counter when their `Counter`s hold the same bytes; those of
/// one check on one counter are all shadows or none is.
package struct Charge: Sendable {
    package var counter: Counter
    package var limit: Limit
    /// 0 to `Amount.max`. Cost 0 is evaluated and writes nothing.
    package var cost: Int64
    /// Charged exactly when it would have admitted, never in the way.
    package var shadow: Bool
    /// The limit in the policy that this charge comes from, for the answer.
    package var source: Int32

    package init(counter: Counter, limit: Limit, cost: Int64, shadow: Bool = false, source: Int32 = 0) {
        self.counter = counter
        self.limit = limit
        self.cost = cost
        self.shadow = shadow
        self.source = source
    }
}
