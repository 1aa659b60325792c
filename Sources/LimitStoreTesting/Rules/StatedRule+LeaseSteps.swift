import LimitCore

/// A charge on one of a rule's counters, by name.
func charge(_ name: String, _ limit: Limit, _ cost: Int64 = 1) -> TestCharge {
    TestCharge(CounterName(name), limit, cost: cost)
}

/// Asks for a lease that holds `cost` on the counter that a rule is about, and expects it to be granted.
func opens(
    _ lease: UInt64,
    _ cost: Int64,
    _ limit: Limit,
    at: Microseconds,
    time: Microseconds = 10_000_000,
    remaining: Int64,
    reset: Microseconds
) -> StatedRule.Moment {
    opens(lease, [charge("rule", limit, cost)], at: at, time: time, [fits(remaining: remaining, reset: reset)])
}

/// Asks for a lease on one of the slots that a rule is about, and expects it to be granted.
func opens(
    _ lease: UInt64,
    _ slots: Limit,
    at: Microseconds,
    remaining: Int64,
    reset: Microseconds
) -> StatedRule.Moment {
    opens(lease, 1, slots, at: at, remaining: remaining, reset: reset)
}

/// Asks for a lease on several counters and expects it to be granted.
func opens(
    _ lease: UInt64,
    _ charges: [TestCharge],
    at: Microseconds,
    time: Microseconds = 10_000_000,
    _ outcomes: [Outcome]
) -> StatedRule.Moment {
    var amounts: [Int: Int64] = [:]
    for (place, charge) in charges.enumerated() where charge.cost > 0 { amounts[place] = charge.cost }
    let grant = TestGrant(expiry: ManualClock.start + at + time, amounts: amounts)
    return StatedRule.Moment(
        at: at,
        inquiry: .check(TestCheck(charges, lease: LeaseTerms(id: lease, time: time))),
        expected: .answer(Answer(.admitted, outcomes, grant: grant))
    )
}

/// Asks for a lease and expects to be refused.
func opensNone(
    _ lease: UInt64,
    _ charges: [TestCharge],
    at: Microseconds,
    _ outcomes: [Outcome]
) -> StatedRule.Moment {
    StatedRule.Moment(
        at: at,
        inquiry: .check(TestCheck(charges, lease: LeaseTerms(id: lease, time: 10_000_000))),
        expected: .answer(Answer(.refused, outcomes))
    )
}

/// Ends a lease with what was used by counter; nil of the rule's own counter keeps the estimate.
func settles(
    _ lease: UInt64,
    _ used: Int64? = nil,
    on name: String = "rule",
    at: Microseconds,
    isInDebt: Bool = false
) -> StatedRule.Moment {
    let targets = used.map { [CounterName(name): $0] } ?? [:]
    return StatedRule.Moment(
        at: at,
        inquiry: .operation(TestOperation(lease, ends: true, targets)),
        expected: .result(.done(expiry: 0, isInDebt: isInDebt))
    )
}

/// Keeps a lease alive for `time` from now.
func renews(
    _ lease: UInt64,
    _ used: Int64? = nil,
    at: Microseconds,
    time: Microseconds = 10_000_000,
    isInDebt: Bool = false
) -> StatedRule.Moment {
    StatedRule.Moment(
        at: at,
        inquiry: .operation(
            TestOperation(lease, ends: false, used.map { [CounterName("rule"): $0] } ?? [:], time: time)
        ),
        expected: .result(.done(expiry: ManualClock.start + at + time, isInDebt: isInDebt))
    )
}

/// Shows a lease that was settled or has run out.
func findsGone(_ lease: UInt64, _ used: Int64? = nil, ends: Bool, at: Microseconds) -> StatedRule.Moment {
    StatedRule.Moment(
        at: at,
        inquiry: .operation(
            TestOperation(lease, ends: ends, used.map { [CounterName("rule"): $0] } ?? [:], time: 10_000_000)
        ),
        expected: .result(.gone)
    )
}
