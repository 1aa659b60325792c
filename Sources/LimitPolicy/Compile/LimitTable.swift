internal import LimitCore

/// The limits of a policy as pricing reads them: flat and without references.
struct LimitTable: Sendable {
    enum Cost: UInt8, Sendable {
        /// One a check.
        case slot
        /// One a check unless the usage says otherwise.
        case requests
        /// What the usage says, else 0.
        case unit
    }

    /// A value a limit is counted by, besides the client.
    enum ScopePart: Sendable {
        case route
        case tier
        /// A field of `AttributeFields`.
        case attribute(Int32)
    }

    struct Plan: Sendable {
        var algorithm: Algorithm
        var overdraft: Bool
        var shadow: Bool
        var isPerClient: Bool
        var cost: Cost
        var calendar: CalendarPeriod?
        /// W; of slots, how long one is held.
        var window: Microseconds
        /// The counter's name in `text`.
        var name: ByteRange
        var digest: NameDigest
        /// In `text`.
        var unit: ByteRange
        /// Where the limit's row starts in `numbers`, one entry a tier.
        var numbers: Int32
        var firstPart: Int32
        var partCount: Int16
        /// In `Policy.warmUps`; -1 for none.
        var warmUp: Int32

        /// An admitted check that it counts carries a lease.
        var needsLease: Bool { cost != .requests }
    }

    /// What pricing needs of a rule where nothing is out of the ordinary.
    struct RulePlan: Sendable {
        var firstLimit: Int32
        var limitCount: Int16
        var isExempt: Bool
        /// Whether the rule requires a tier; which, its `PolicyRule` says.
        var hasRequirement: Bool
        /// How long a lease of the rule's checks lasts.
        var leaseTime: Microseconds

        var limits: Range<Int> { Int(firstLimit)..<Int(firstLimit) + Int(limitCount) }
    }

    private(set) var plans: [Plan] = []
    private(set) var rules: [RulePlan] = []
    private(set) var numbers: [TierNumbers] = []
    private(set) var parts: [ScopePart] = []
    private(set) var text: [UInt8] = []
    private var rows: [[TierNumbers]: Int32] = [:]

    mutating func add(_ plan: Plan) {
        plans.append(plan)
    }

    mutating func add(_ rule: RulePlan) {
        rules.append(rule)
    }

    mutating func add(_ parts: [ScopePart]) -> Int32 {
        self.parts += parts
        return Int32(self.parts.count - parts.count)
    }

    /// Adds a row of numbers; limits with the same numbers share one.
    mutating func add(row: [TierNumbers]) -> Int32 {
        if let start = rows[row] { return start }
        let start = Int32(numbers.count)
        rows[row] = start
        numbers += row
        return start
    }

    mutating func add(text bytes: some Collection<UInt8>) -> ByteRange {
        let start = text.count
        text += bytes
        return ByteRange(start: UInt32(start), count: UInt32(bytes.count))
    }
}
