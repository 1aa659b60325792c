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

    package init() {}

    /// The cases that did not come up.
    package var missing: [String] {
        Mirror(reflecting: self).children.compactMap { child in
            child.value as? Int == 0 ? child.label : nil
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
        for (charge, outcome) in zip(check.charges, answer.outcomes) { note(charge, outcome, answer) }
    }

    private mutating func note(_ charge: TestCharge, _ outcome: Outcome, _ answer: Answer) {
        if outcome.retry == .never { never += 1 }
        if outcome.limited, charge.limit.capacity < charge.limit.ceiling, charge.cost > charge.limit.capacity {
            hints += 1
        }
        if outcome.limited, charge.cost == 0 { debts += 1 }
        if outcome.limited, charge.shadow, answer.result == .admitted { shadowed += 1 }
        if !outcome.limited, charge.limit.overdraft, charge.cost > charge.limit.capacity { overdrafts += 1 }
        if outcome.reset == Amount.max || charge.cost == Amount.max, !outcome.limited { saturated += 1 }
    }
}
