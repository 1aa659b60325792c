import LimitCore

/// A rule and a history that shows it: what is asked when, and every part of every answer, worked out by hand.
package struct StatedRule: Sendable, CustomStringConvertible {
    /// One check or lease operation of the history; those of a batch follow each other at one instant.
    struct Moment: Sendable {
        /// From `ManualClock.start`.
        var at: Microseconds
        var inquiry: Inquiry
        var expected: Reply
    }

    package let description: String
    /// The gaps under which a store is known to break the rule.
    let gaps: Set<Gap>
    let moments: [Moment]

    init(_ description: String, gaps: Set<Gap> = [], _ moments: [Moment]) {
        self.description = description
        self.gaps = gaps
        self.moments = moments
    }
}

extension StatedRule.Moment {
    /// Several charges, or none.
    init(_ at: Microseconds, _ check: TestCheck, _ result: CheckResult, _ outcomes: [Outcome]) {
        self.init(at: at, inquiry: .check(check), expected: .answer(Answer(result, outcomes)))
    }
}

/// A charge that fits.
func fits(remaining: Int64, reset: Microseconds) -> Outcome {
    Outcome(limited: false, remaining: remaining, reset: reset, retry: .after(0))
}

/// A charge that its limit refuses.
func limited(remaining: Int64, reset: Microseconds, retry: Retry) -> Outcome {
    Outcome(limited: true, remaining: remaining, reset: reset, retry: retry)
}

/// Asks for `cost` on the counter that a rule is about and expects it to be admitted.
func admits(_ cost: Int64, _ limit: Limit, at: Microseconds, remaining: Int64, reset: Microseconds) -> StatedRule.Moment
{
    StatedRule.Moment(at, ask(cost, limit), .admitted, [fits(remaining: remaining, reset: reset)])
}

/// Asks for `cost` on the counter that a rule is about and expects it to be refused.
func refuses(
    _ cost: Int64,
    _ limit: Limit,
    at: Microseconds,
    remaining: Int64,
    reset: Microseconds,
    retry: Retry
) -> StatedRule.Moment {
    StatedRule.Moment(
        at,
        ask(cost, limit),
        .refused,
        [limited(remaining: remaining, reset: reset, retry: retry)]
    )
}

func ask(_ cost: Int64, _ limit: Limit) -> TestCheck {
    TestCheck(TestCharge(CounterName("rule"), limit, cost: cost))
}

extension StatedRule.Moment {
    /// The same question as a peek, which is granted no lease.
    var peeking: StatedRule.Moment {
        guard case .check(let check) = inquiry, case .answer(var answer) = expected else { return self }
        answer.grant = nil
        return StatedRule.Moment(at: at, inquiry: .check(check.peeking), expected: .answer(answer))
    }
}

extension StatedRule {
    package static let all: [StatedRule] =
        fixedWindow + slidingWindow + tokenBucket + slidingLog + calendar + slots + costs + numbers + checks
        + identities + leases + giveBacks + leasesOfSeveral + costsBelowZero
}

extension StoreConformance {
    /// Tells a fresh store the history of a rule, one by one and then once more as few batches as can be.
    package func check(_ rule: StatedRule) async throws {
        let known = gaps.intersection(rule.gaps)
        do {
            try await tell(rule, batched: false)
            try await tell(rule, batched: true)
        } catch let violation as Violation {
            if !known.isEmpty { return }
            throw violation
        }
        try require(known.isEmpty, "\"\(rule)\" holds: one of \(known) is closed and should not be excepted any more")
    }

    private func tell(_ rule: StatedRule, batched: Bool) async throws {
        let store = try await makeStore()
        var book = LeaseBook()
        var rest = rule.moments[...]
        while let first = rest.first {
            let size =
                batched ? rest.prefix { $0.at == first.at && $0.inquiry.isCheck == first.inquiry.isCheck }.count : 1
            let step = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            let replies = try await tell(Step(at: ManualClock.start + first.at, step.map(\.inquiry)), store, &book)
            try require(replies.count == step.count, "\(replies.count) answers to \(step.count) questions")
            for (moment, reply) in zip(step, replies) {
                try require(
                    reply == moment.expected,
                    "\(rule): at \(moment.at) \(moment.inquiry)\n  expected \(moment.expected)\n  found    \(reply)"
                )
            }
        }
    }
}
