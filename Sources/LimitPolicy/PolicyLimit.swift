package import LimitCore

/// A limit of a policy, as answers, metrics and operators see it.
package struct PolicyLimit: Sendable {
    /// `<rule>/<limit>`, unique and the same after every reload.
    package var name: String
    /// Nil for a limit of `everywhere`.
    package var rule: Int?
    package var unit: String
    package var algorithm: Algorithm
    /// 0 for slots.
    package var window: Microseconds
    package var calendar: CalendarPeriod?
    /// As the file gives it, before tiers.
    package var count: Int64
    /// What fits at once, before tiers.
    package var capacity: Int64
    /// The largest number that it can have for anybody.
    package var largestCount: Int64
    /// The names of the values it is counted by.
    package var per: [String]
    package var isPerClient: Bool
    /// Evaluated, but never in the way: by the limit, its rule or the file.
    package var shadow: Bool
    package var overdraft: Bool
    /// The whole limit holds in every daemon while the store is out, not a share of it.
    package var hasFullLocalShare: Bool
    /// How long a slot is held without a sign of life; nil where there are no slots.
    package var lease: Microseconds?
    /// Numbers of the limit's own for tiers, by index; nil stands for unlimited.
    package var tierCounts: [Int: Int64?]
}
