import LimitCore
package import LimitPolicy

/// What a lane has decided since it started: plain counters on the lane's own thread.
package struct LaneTally: Sendable {
    /// How often each verdict was given.
    package struct Verdicts: Sendable {
        package var allowed = 0
        package var limited = 0
        package var forbidden = 0
        package var unavailable = 0
        /// Charges that a shadow limit would have refused.
        package var shadowLimited = 0

        package init() {}

        package mutating func add(_ other: Verdicts) {
            allowed += other.allowed
            limited += other.limited
            forbidden += other.forbidden
            unavailable += other.unavailable
            shadowLimited += other.shadowLimited
        }
    }

    /// What became of leases.
    package struct Leases: Sendable {
        package var granted = 0
        package var settled = 0
        package var renewed = 0
        /// Settled or renewed when they had run out or were settled before; nothing was changed.
        package var late = 0
        /// No lease of this deployment.
        package var refused = 0

        package init() {}

        package mutating func add(_ other: Leases) {
            granted += other.granted
            settled += other.settled
            renewed += other.renewed
            late += other.late
            refused += other.refused
        }
    }

    package internal(set) var leases = Leases()
    /// By rule number of the policy in force; what earlier policies decided is in `byName`.
    private var byRule: [Verdicts] = []
    private var byName: [String: Verdicts] = [:]
    private var withoutRule = Verdicts()
    /// Checks that got no verdict: invalid ones and those whose time was up.
    package internal(set) var failed = 0
    /// Checks that were answered without the shared store.
    package internal(set) var degraded = 0
    /// Who asks most, by a sample of the checks.
    package private(set) var clients = TopClients()

    package init() {}

    mutating func count(_ rule: Int?, _ verdict: Verdict, _ check: Int, of batch: CheckBatch) {
        count(rule) { Self.count(verdict, in: &$0) }
        clients.count(check, of: batch)
    }

    private mutating func count(_ rule: Int?, _ change: (inout Verdicts) -> Void) {
        guard let rule else { return change(&withoutRule) }
        if rule >= byRule.count {
            byRule.append(contentsOf: repeatElement(Verdicts(), count: rule + 1 - byRule.count))
        }
        change(&byRule[rule])
    }

    mutating func countShadows(_ rule: Int?, _ charges: Range<Int>, of batch: CheckBatch) {
        for index in charges where batch.charges[index].shadow && batch.outcomes[index].limited {
            count(rule) { $0.shadowLimited += 1 }
        }
    }

    /// Puts the counts under the names of the rules, whose numbers end with their policy.
    mutating func changeRules(from policy: Policy) {
        byName = named(under: policy)
        if byName.count > Self.mostNames { gatherOthers(than: policy) }
        byRule.removeAll()
        withoutRule = Verdicts()
    }

    /// What earlier policies called their rules is kept for so many names.
    private static let mostNames = 10_000
    /// Under what the others are added up; no rule of a policy has a blank in front of its name.
    private static let others = " others"

    private mutating func gatherOthers(than policy: Policy) {
        let current = Set(policy.rules.map(\.name)).union([""])
        var sum = Verdicts()
        for (name, verdicts) in byName where !current.contains(name) { sum.add(verdicts) }
        byName = byName.filter { current.contains($0.key) }
        byName[Self.others] = sum
    }

    /// The counts by rule name; those without a rule under the empty name.
    package func named(under policy: Policy) -> [String: Verdicts] {
        var names = byName
        names["", default: Verdicts()].add(withoutRule)
        for (rule, verdicts) in byRule.enumerated() {
            names[policy.rules[rule].name, default: Verdicts()].add(verdicts)
        }
        return names
    }

    /// The totals of several lanes, by rule name.
    package static func totals(_ lanes: [LaneTally], under policy: Policy) -> [StatusReport.RuleTotals] {
        var sums: [String: Verdicts] = [:]
        for lane in lanes {
            for (rule, verdicts) in lane.named(under: policy) { sums[rule, default: Verdicts()].add(verdicts) }
        }
        return sums.sorted { $0.key < $1.key }.map { StatusReport.RuleTotals(rule: $0.key, verdicts: $0.value) }
    }

    private static func count(_ verdict: Verdict, in verdicts: inout Verdicts) {
        switch verdict {
        case .allowed: verdicts.allowed += 1
        case .limited: verdicts.limited += 1
        case .forbidden: verdicts.forbidden += 1
        case .unavailable: verdicts.unavailable += 1
        }
    }
}
