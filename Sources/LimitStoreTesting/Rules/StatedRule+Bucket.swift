import LimitCore

extension StatedRule {
    private static let thirds = Limit(.tokenBucket, count: 3, window: 1000)
    private static let burst = Limit(.tokenBucket, count: 1, window: 1000, burst: 5)
    private static let dry = Limit(.tokenBucket, count: 0, window: 1000, burst: 5)

    static let tokenBucket: [StatedRule] = [
        StatedRule(
            "a bucket loses no part of a unit to rounding",
            [
                admits(3, thirds, at: 0, remaining: 0, reset: 1000),
                refuses(1, thirds, at: 333, remaining: 0, reset: 667, retry: .after(1)),
                admits(1, thirds, at: 334, remaining: 0, reset: 1000),
                refuses(1, thirds, at: 666, remaining: 0, reset: 668, retry: .after(1)),
                admits(1, thirds, at: 667, remaining: 0, reset: 1000),
                admits(1, thirds, at: 1000, remaining: 0, reset: 1000),
                refuses(1, thirds, at: 1333, remaining: 0, reset: 667, retry: .after(1)),
            ]
        ),
        StatedRule(
            "a bucket holds its burst and refills N per W",
            [
                admits(5, burst, at: 0, remaining: 0, reset: 5000),
                refuses(2, burst, at: 1500, remaining: 1, reset: 3500, retry: .after(500)),
                admits(2, burst, at: 2000, remaining: 0, reset: 5000),
                admits(0, burst, at: 6999, remaining: 4, reset: 1),
                admits(5, burst, at: 7000, remaining: 0, reset: 5000),
            ]
        ),
        StatedRule(
            "a full bucket saves nothing up",
            [
                admits(1, thirds, at: 0, remaining: 2, reset: 334),
                admits(3, thirds, at: 100_000, remaining: 0, reset: 1000),
                refuses(1, thirds, at: 100_333, remaining: 0, reset: 667, retry: .after(1)),
            ]
        ),
        StatedRule(
            "a step back adds nothing to a bucket's wait",
            [
                admits(3, thirds, at: 5000, remaining: 0, reset: 1000),
                refuses(1, thirds, at: 0, remaining: 0, reset: 1000, retry: .after(334)),
                refuses(1, thirds, at: 333, remaining: 0, reset: 667, retry: .after(1)),
                admits(1, thirds, at: 334, remaining: 0, reset: 1000),
            ]
        ),
        StatedRule(
            "cost 0 writes a bucket's correction",
            [
                admits(3, thirds, at: 5000, remaining: 0, reset: 1000),
                admits(0, thirds, at: 0, remaining: 0, reset: 1000),
                refuses(1, thirds, at: 333, remaining: 0, reset: 667, retry: .after(1)),
            ]
        ),
        StatedRule(
            "a peek does not write a bucket's correction",
            [
                admits(3, thirds, at: 5000, remaining: 0, reset: 1000),
                refuses(1, thirds, at: 0, remaining: 0, reset: 1000, retry: .after(334)).peeking,
                refuses(1, thirds, at: 4999, remaining: 0, reset: 1000, retry: .after(334)),
            ]
        ),
        StatedRule(
            "a bucket without refill gives its burst once",
            [
                admits(5, dry, at: 0, remaining: 0, reset: Amount.max),
                refuses(1, dry, at: longestWindow, remaining: 0, reset: Amount.max, retry: .never),
            ]
        ),
        StatedRule(
            "a bucket that warm-up left without refill is asked again in a second",
            gaps: [.shrunkWithoutRefill],
            [
                admits(1, burst, at: 0, remaining: 4, reset: 1000),
                refuses(
                    1,
                    Limit(.tokenBucket, count: 0, window: 1000, burst: 1, ceiling: 5),
                    at: 0,
                    remaining: 0,
                    reset: Amount.max,
                    retry: .after(1_000_000)
                ),
            ]
        ),
        severalRates,
    ]

    private static let severalRates: StatedRule = {
        let fast = Limit(.tokenBucket, count: 1000, window: 1000, burst: 10)
        let slow = Limit(.tokenBucket, count: 1, window: 1000, burst: 10)
        let both = TestCheck(
            TestCharge(CounterName("rule"), fast, cost: 5),
            TestCharge(CounterName("rule"), slow, cost: 0)
        )
        return StatedRule(
            "a slower limit on the same bucket holds beside a faster one",
            gaps: [.bucketOfSeveralRates],
            [
                Moment(0, both, .admitted, [fits(remaining: 5, reset: 5), fits(remaining: 5, reset: 5000)]),
                Moment(4, both, .admitted, [fits(remaining: 0, reset: 10), fits(remaining: 0, reset: 9996)]),
                refuses(1, slow, at: 5, remaining: 0, reset: 9995, retry: .after(995)),
            ]
        )
    }()
}
