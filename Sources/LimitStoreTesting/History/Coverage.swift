import LimitCore

/// What a random history has come across. A history that misses a case proves nothing about it.
package struct Coverage: Sendable, Equatable, CustomStringConvertible {
    package var checks = 0
    package var admitted = 0
    package var refused = 0
    package var peeks = 0
    package var never = 0
    package var hints = 0
    package var debts = 0
    package var shadowed = 0
    package var overdrafts = 0
    package var sharedCounters = 0
    package var saturated = 0
    package var admittedAtRetry = 0
    package var givenBack = 0
    package var givenBackBesideCharges = 0
    package var leases = 0
    package var leasesSettled = 0
    package var leasesRenewed = 0
    package var leasesGone = 0
    package var leasesInDebt = 0
    package var leasesGivingBack = 0
    package var slotsRefused = 0
    package var slotsBesideRates = 0
    package var logsRefused = 0
    package var periodsRefused = 0

    package init() {}

    /// Checks and lease operations.
    package var operations: Int { checks + leasesSettled + leasesRenewed + leasesGone }

    /// The cases that did not come up, though no gap keeps them away.
    package func missing(except gaps: Set<Gap> = []) -> [String] {
        Mirror(reflecting: self).children.compactMap { child in
            guard let label = child.label, child.value as? Int == 0 else { return nil }
            return gaps.contains { label.hasPrefix($0.prefix) } ? nil : label
        }
    }

    package var description: String {
        Mirror(reflecting: self).children.map { "\($0.label ?? "") \($0.value)" }.joined(separator: ", ")
    }

    mutating func note(_ check: TestCheck, _ answer: Answer) {
        checks += 1
        if answer.result == .admitted { admitted += 1 } else { refused += 1 }
        if check.peek { peeks += 1 }
        if Set(check.charges.map(\.counter)).count < check.charges.count { sharedCounters += 1 }
        if answer.grant != nil { leases += 1 }
        if let grant = answer.grant, grant.amounts.count > 2,
            check.charges.contains(where: { $0.limit.algorithm == .concurrency && $0.cost > 0 })
        {
            slotsBesideRates += 1
        }
        if answer.result == .admitted, !check.peek { noteGivenBack(check) }
        for (charge, outcome) in zip(check.charges, answer.outcomes) { note(charge, outcome, answer) }
    }

    private mutating func noteGivenBack(_ check: TestCheck) {
        for charge in check.charges where charge.cost < 0 {
            givenBack += 1
            if check.charges.contains(where: { $0.counter == charge.counter && $0.cost > 0 }) {
                givenBackBesideCharges += 1
            }
        }
    }

    mutating func note(_ operation: TestOperation, _ result: LeaseResult, _ before: OracleLease?) {
        guard case .done(_, let isInDebt) = result else {
            leasesGone += 1
            return
        }
        if operation.ends { leasesSettled += 1 } else { leasesRenewed += 1 }
        if isInDebt { leasesInDebt += 1 }
        let isLess = before?.holds.contains { hold in operation.targets[hold.counter].map { $0 < hold.held } ?? false }
        if operation.ends, isLess == true { leasesGivingBack += 1 }
    }

    private mutating func note(_ charge: TestCharge, _ outcome: Outcome, _ answer: Answer) {
        if outcome.retry == .never { never += 1 }
        if outcome.limited, charge.limit.algorithm == .concurrency { slotsRefused += 1 }
        if outcome.limited, charge.limit.algorithm == .slidingLog { logsRefused += 1 }
        if outcome.limited, charge.limit.calendar != nil { periodsRefused += 1 }
        if outcome.limited, charge.limit.capacity < charge.limit.ceiling, charge.cost > charge.limit.capacity {
            hints += 1
        }
        if outcome.limited, charge.cost == 0 { debts += 1 }
        if outcome.limited, charge.shadow, answer.result == .admitted { shadowed += 1 }
        if !outcome.limited, charge.limit.overdraft, charge.cost > charge.limit.capacity { overdrafts += 1 }
        if outcome.reset == Amount.max || charge.cost == Amount.max, !outcome.limited { saturated += 1 }
    }
}

extension Gap {
    /// How the names of the cases start that it keeps away.
    fileprivate var prefix: String {
        switch self {
        case .leases: "leases"
        case .concurrency: "slots"
        case .slidingLog: "logs"
        case .calendar: "periods"
        case .sumPastBound, .bucketOfSeveralRates, .shrunkWithoutRefill, .bucketPastBound: "none of them"
        }
    }
}
