import LimitCore
import LimitPolicy

// Groups of checks that are one step: their first check stands for all of them before the store.
extension PendingBatch {
    /// What a store can be asked in one step, which the plan for Redis counts in a byte.
    static let chargesOfGroup = 255

    /// Hands the charges of a group's checks to its first one. Where the policy forbids one, nothing is charged.
    func join(_ number: Int) {
        let group = groups[number]
        groups[number].firstMember = memberCharges.count
        memberCharges += checks.priced[group.checks]
        guard let first = group.checks.first, let last = group.checks.last else { return }
        let all = checks.priced[first].lowerBound..<checks.priced[last].upperBound
        for check in group.checks { checks.priced[check] = all.upperBound..<all.upperBound }
        if all.count > Self.chargesOfGroup {
            let problem = "come to \(all.count) charges; a request has at most \(Self.chargesOfGroup)"
            for check in group.checks { rulings[check] = .invalid(InvalidField("descriptors", problem)) }
            return
        }
        checks.priced[first] = all
        if group.checks.contains(where: { rulings[$0].isForbidden }) { checks.questions.makePeek(first) }
    }

    /// The checks that this one stands for.
    func checks(ledBy check: Int) -> Range<Int> {
        let group = askers[check].group
        return group < 0 ? check..<check + 1 : groups[Int(group)].checks
    }

    /// What the store found for one check: in a group that was refused, one whose own charges fit is not.
    func result(of check: Int) -> CheckResult {
        let result = checks.results[leader(of: check)]
        guard result == .refused, askers[check].group >= 0 else { return result }
        let isInTheWay = charges(of: check).contains { checks.outcomes[$0].limited && !checks.charges[$0].shadow }
        return isInTheWay ? .refused : .admitted
    }

    /// Leaves a group only the charges of the checks that are wanted, and says whether there are any.
    func keepCharges(ofGroup number: Int, where isWanted: (Int) -> Bool) -> Bool {
        let group = groups[number]
        let first = checks.priced[group.checks.lowerBound].lowerBound
        var kept: [Charge] = []
        for check in group.checks {
            let member = member(check, of: group)
            let own = isWanted(check) ? checks.charges[memberCharges[member]] : []
            memberCharges[member] = first + kept.count..<first + kept.count + own.count
            kept += own
        }
        let range = first..<first + kept.count
        checks.charges.replaceSubrange(range, with: kept)
        checks.priced[group.checks.lowerBound] = range
        return !kept.isEmpty
    }
}

extension Ruling {
    var isForbidden: Bool {
        guard case .priced(let pricing) = self, case .forbidden = pricing.decision else { return false }
        return true
    }
}
