import LimitCore
import Testing

@testable import WireProtocol

/// What Envoy is told of decisions.
@Suite struct RateLimitAnswerTests {
    private func limit(
        _ count: UInt64,
        left: UInt64,
        window: UInt64 = 60_000,
        reset: UInt64 = 60_000,
        _ calendar: CalendarPeriod? = nil
    ) -> LimitState {
        LimitState(
            name: "rule/limit",
            limit: count,
            remaining: left,
            resetMilliseconds: reset,
            windowMilliseconds: window,
            unit: "requests",
            calendar: calendar
        )
    }

    private func decision(_ verdict: Verdict, _ limit: LimitState? = nil, rule: String = "rule") -> CheckResponse {
        var decision = CheckResponse(verdict: verdict)
        decision.rule = rule
        decision.limits = limit.map { [$0] } ?? []
        return decision
    }

    @Test(
        arguments: [
            (1000, nil, .second), (60_000, nil, .minute), (3_600_000, nil, .hour), (86_400_000, nil, .day),
            (604_800_000, nil, .week), (60_000, .minute, .minute), (2_678_400_000, .month, .month),
            (31_622_400_000, .year, .year), (2_678_400_000, nil, .unknown), (120_000, nil, .unknown),
            (0, nil, .unknown),
        ] as [(UInt64, CalendarPeriod?, RateLimitUnit)]
    )
    func `a window is told as a unit, else by the limit's name`(
        window: UInt64,
        calendar: CalendarPeriod?,
        unit: RateLimitUnit
    ) throws {
        let answer = RateLimitAnswer([decision(.allowed, limit(10, left: 9, window: window, calendar))])
        let current = try #require(answer.statuses.first?.currentLimit)
        #expect(current.unit == unit && current.name == (unit == .unknown ? "rule/limit" : ""))
    }

    @Test func `a request is over its limit where one descriptor is`() {
        let allowed = decision(.allowed, limit(10, left: 9))
        #expect(RateLimitAnswer([allowed, allowed]).code == .ok)
        for refused in [decision(.limited, limit(10, left: 0)), decision(.forbidden)] {
            let answer = RateLimitAnswer([allowed, refused])
            #expect(answer.code == .overLimit && answer.statuses.map(\.code) == [.ok, .overLimit])
        }
    }

    @Test func `what limits nothing has no limit, and the most left where a rule says so`() {
        var degraded = decision(.allowed)
        degraded.degraded = true
        let answer = RateLimitAnswer([decision(.allowed), decision(.allowed, rule: ""), degraded])
        #expect(answer.statuses.map(\.remaining) == [.max, 0, 0])
        #expect(answer.statuses.allSatisfy { $0.currentLimit == nil && $0.untilReset == nil && $0.code == .ok })
    }

    @Test func `a refusal waits for the same request, a second at least`() {
        func wait(_ milliseconds: UInt64, never: Bool = false, reset: UInt64 = 60_000) -> UInt64? {
            var refused = decision(.limited, limit(10, left: 3, reset: reset))
            refused.retryAfterMilliseconds = milliseconds
            refused.never = never
            return RateLimitAnswer([refused]).statuses[0].untilReset
        }
        #expect([0, 1, 999, 1000, 1001, 59_001].map { wait($0) } == [1, 1, 1, 1, 2, 60])
        #expect(wait(0, never: true, reset: 7001) == 8 && wait(0, never: true, reset: 0) == 1)
        #expect(RateLimitAnswer([decision(.allowed, limit(10, left: 3, reset: 1))]).statuses[0].untilReset == 1)
    }

    @Test func `numbers past 32 bits are the largest there are`() throws {
        let status = RateLimitAnswer([decision(.allowed, limit(1 << 40, left: 1 << 33))]).statuses[0]
        #expect(status.remaining == .max && status.currentLimit?.requestsPerUnit == .max)
    }

    @Test func `who is forbidden reads the policy's words and waits for nothing`() {
        var silent = decision(.forbidden)
        let answer = { RateLimitAnswer([silent, $0]) }
        silent.message = ""
        var loud = silent
        loud.message = "Ask for a key"
        #expect(answer(loud).body == "Ask for a key" && answer(silent).body.isEmpty)
        #expect(answer(loud).statuses.allSatisfy { $0.untilReset == nil && $0.code == .overLimit })
    }

    @Test func `the bytes are those of Envoy's contract`() {
        var refused = decision(.limited, limit(10, left: 0, window: 120_000))
        refused.retryAfterMilliseconds = 300_000
        var answer = RateLimitAnswer([decision(.allowed, limit(300, left: 299, reset: 60_000)), refused])
        answer.headers = [("a", "b")]
        answer.body = "no"
        let minute = ProtoBytes.field(2, ProtoBytes.field(1, 300) + ProtoBytes.field(2, 2))
        let named = ProtoBytes.field(2, ProtoBytes.field(1, 10) + ProtoBytes.field(3, "rule/limit"))
        var bytes: [UInt8] = [0xEE]
        bytes.append(answer)
        var expected: [UInt8] = [0xEE] + ProtoBytes.field(1, 2)
        expected += ProtoBytes.field(
            2,
            ProtoBytes.field(1, 1) + minute + ProtoBytes.field(3, 299) + ProtoBytes.field(4, ProtoBytes.field(1, 60))
        )
        expected += ProtoBytes.field(2, ProtoBytes.field(1, 2) + named + ProtoBytes.field(4, ProtoBytes.field(1, 300)))
        expected += ProtoBytes.field(3, ProtoBytes.field(1, "a") + ProtoBytes.field(2, "b")) + ProtoBytes.field(5, "no")
        #expect(bytes == expected)
    }
}
