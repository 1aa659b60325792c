import LimitCore

/// A rule and a history that shows it: what is asked when, and every part of every answer, worked out by hand.
package struct StatedRule: Sendable, CustomStringConvertible {
    /// One check of the history; the expected answers of a batch follow each other at one instant.
    struct Moment: Sendable {
        /// From `ManualClock.start`.
        var at: Microseconds
        var check: TestCheck
        var expected: Answer
    }

    package let description: String
    /// The gap under which a store is known to break the rule.
    let gap: Gap?
    let moments: [Moment]

    init(_ description: String, gap: Gap? = nil, _ moments: [Moment]) {
        self.description = description
        self.gap = gap
        self.moments = moments
    }
}

extension StatedRule.Moment {
    /// Several charges, or none.
    init(_ at: Microseconds, _ check: TestCheck, _ result: CheckResult, _ outcomes: [Outcome]) {
        self.init(at: at, check: check, expected: Answer(result, outcomes))
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
    /// The same question as a peek.
    var peeking: StatedRule.Moment { StatedRule.Moment(at: at, check: check.peeking, expected: expected) }
}

extension StatedRule {
    package static let all: [StatedRule] =
        fixedWindow + slidingWindow + tokenBucket + costs + numbers + checks + identities
}

extension StoreConformance {
    /// Tells a fresh store the history of a rule, check by check and then once more as few batches as can be.
    package func check(_ rule: StatedRule) async throws {
        do {
            try await tell(rule, batched: false)
            try await tell(rule, batched: true)
        } catch let violation as Violation {
            if let gap = rule.gap, gaps.contains(gap) { return }
            throw violation
        }
        if let gap = rule.gap, gaps.contains(gap) {
            throw Violation("\"\(rule)\" holds: the gap \(gap) is closed and should not be excepted any more")
        }
    }

    private func tell(_ rule: StatedRule, batched: Bool) async throws {
        let store = try await makeStore()
        var rest = rule.moments[...]
        while let first = rest.first {
            let size = batched ? rest.prefix { $0.at == first.at }.count : 1
            let step = rest.prefix(size)
            rest = rest.dropFirst(size)
            store.clock.set(ManualClock.start + first.at)
            let answers = try await store.decide(step.map(\.check))
            try require(answers.count == step.count, "\(answers.count) answers to \(step.count) checks")
            for (moment, answer) in zip(step, answers) {
                try require(
                    answer == moment.expected,
                    "\(rule): at \(moment.at) \(moment.check)\n  expected \(moment.expected)\n  found    \(answer)"
                )
            }
        }
    }
}
