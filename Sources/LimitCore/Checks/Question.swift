/// One check as it was asked: where its parts lie in its `Questions`.
package struct Question: Sendable, Equatable {
    package var client = ByteRange.empty
    package var route = ByteRange.empty
    /// Empty where the caller does not know the client's tier.
    package var tier = ByteRange.empty
    /// In `Questions.usages`; a unit appears once.
    package var usages: Range<Int> = 0..<0
    /// In `Questions.attributes`; a key appears once.
    package var attributes: Range<Int> = 0..<0
    /// In `Questions.inlineLimits`.
    package var inlineLimits: Range<Int> = 0..<0
    /// Answer without charging anything.
    package var peek = false
    /// Return the state of every limit that applied, not only of the deciding one.
    package var allLimits = false
    /// Of a descriptor: what it costs under each of its limits, whatever their unit; 0 asks whether one more would fit,
    /// and below 0 so many are given back. Nil for a check, whose usage says what it costs.
    package var hits: Int64?

    package init() {}
}

/// Anything a policy can match or count by: the model, the method.
package struct Attribute: Sendable, Equatable {
    package var key: ByteRange
    package var value: ByteRange
}

/// What a call costs in one unit.
package struct Usage: Sendable, Equatable {
    package var unit: ByteRange
    /// 0 to `Amount.max`.
    package var amount: Int64
}

/// A limit that came with the call. The rate is still text: the policy reads it.
package struct InlineLimitText: Sendable, Equatable {
    package var rate: ByteRange
    package var scope: ByteRange
    package var algorithm: ByteRange
    /// 0: the usage of the rate's unit.
    package var cost: Int64
    /// 0: the rate's count.
    package var burst: Int64
    /// Holds in place of the rule's limits, with exactly this number whatever the client's tier.
    package var isOverride = false
}
