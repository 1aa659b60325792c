import LimitCore

extension StatedRule {
    private static let fixed = Limit(.fixedWindow, count: 10, window: 1000)
    private static let sliding = Limit(.slidingWindow, count: 10, window: 1000)

    static let fixedWindow: [StatedRule] = [
        StatedRule(
            "a fixed window starts at the first charge and lasts W",
            [
                admits(4, fixed, at: 500, remaining: 6, reset: 1000),
                admits(6, fixed, at: 1499, remaining: 0, reset: 1),
                refuses(1, fixed, at: 1499, remaining: 0, reset: 1, retry: .after(1)),
                admits(1, fixed, at: 1500, remaining: 9, reset: 1000),
            ]
        ),
        StatedRule(
            "a fixed window does not go on from the one before",
            [
                admits(10, fixed, at: 0, remaining: 0, reset: 1000),
                admits(1, fixed, at: 1700, remaining: 9, reset: 1000),
                admits(9, fixed, at: 2699, remaining: 0, reset: 1),
            ]
        ),
        StatedRule(
            "a step back of at most W lengthens a fixed window by the step",
            [
                admits(10, fixed, at: 0, remaining: 0, reset: 1000),
                refuses(1, fixed, at: -1, remaining: 0, reset: 1001, retry: .after(1001)),
                refuses(1, fixed, at: -1000, remaining: 0, reset: 2000, retry: .after(2000)),
                refuses(1, fixed, at: 999, remaining: 0, reset: 1, retry: .after(1)),
                admits(1, fixed, at: 1000, remaining: 9, reset: 1000),
            ]
        ),
        StatedRule(
            "a step back of more than W starts a fixed window again, with what was spent",
            [
                admits(8, fixed, at: 0, remaining: 2, reset: 1000),
                refuses(3, fixed, at: -1001, remaining: 2, reset: 1000, retry: .after(1000)),
                admits(2, fixed, at: -500, remaining: 0, reset: 499),
                admits(1, fixed, at: -1, remaining: 9, reset: 1000),
            ]
        ),
        StatedRule(
            "a peek does not write a fixed window's correction",
            [
                admits(10, fixed, at: 0, remaining: 0, reset: 1000),
                refuses(1, fixed, at: -1001, remaining: 0, reset: 1000, retry: .after(1000)).peeking,
                refuses(1, fixed, at: -900, remaining: 0, reset: 1900, retry: .after(1900)),
            ]
        ),
        StatedRule(
            "cost 0 writes a fixed window's correction",
            [
                admits(8, fixed, at: 0, remaining: 2, reset: 1000),
                admits(0, fixed, at: -1001, remaining: 2, reset: 1000),
                refuses(3, fixed, at: -900, remaining: 2, reset: 899, retry: .after(899)),
            ]
        ),
    ]

    static let slidingWindow: [StatedRule] = [
        StatedRule(
            "the window before counts for what the last W overlaps, rounded up",
            [
                admits(10, sliding, at: 0, remaining: 0, reset: 2000),
                refuses(1, sliding, at: 999, remaining: 0, reset: 1001, retry: .after(101)),
                refuses(1, sliding, at: 1000, remaining: 0, reset: 1000, retry: .after(100)),
                refuses(1, sliding, at: 1099, remaining: 0, reset: 901, retry: .after(1)),
                admits(1, sliding, at: 1100, remaining: 0, reset: 1900),
                admits(5, sliding, at: 1600, remaining: 0, reset: 1400),
                admits(0, sliding, at: 1601, remaining: 0, reset: 1399),
                admits(0, sliding, at: 1700, remaining: 1, reset: 1300),
                admits(0, sliding, at: 2999, remaining: 9, reset: 1),
                admits(10, sliding, at: 3000, remaining: 0, reset: 2000),
            ]
        ),
        StatedRule(
            "a cost without room beside this window waits for the next",
            [
                admits(4, sliding, at: 0, remaining: 6, reset: 2000),
                refuses(8, sliding, at: 0, remaining: 6, reset: 2000, retry: .after(1500)),
                refuses(10, sliding, at: 300, remaining: 6, reset: 1700, retry: .after(1700)),
                refuses(8, sliding, at: 1499, remaining: 7, reset: 501, retry: .after(1)),
                admits(8, sliding, at: 1500, remaining: 0, reset: 1500),
            ]
        ),
        StatedRule(
            "sliding windows lie W apart until nothing counts",
            [
                admits(2, sliding, at: 0, remaining: 8, reset: 2000),
                admits(2, sliding, at: 1500, remaining: 7, reset: 1500),
                admits(2, sliding, at: 2750, remaining: 7, reset: 1250),
                admits(2, sliding, at: 4000, remaining: 8, reset: 2000),
                admits(0, sliding, at: 5999, remaining: 9, reset: 1),
                admits(1, sliding, at: 6001, remaining: 9, reset: 2000),
            ]
        ),
        StatedRule(
            "a step back of at most W holds a sliding window where it was",
            [
                admits(10, sliding, at: 0, remaining: 0, reset: 2000),
                refuses(1, sliding, at: -1000, remaining: 0, reset: 3000, retry: .after(2100)),
                admits(1, sliding, at: 1100, remaining: 0, reset: 1900),
                refuses(1, sliding, at: 100, remaining: 0, reset: 2900, retry: .after(1100)),
            ]
        ),
        StatedRule(
            "a step back of more than W moves both windows and keeps what was spent",
            [
                admits(10, sliding, at: 0, remaining: 0, reset: 2000),
                admits(2, sliding, at: 1200, remaining: 0, reset: 1800),
                refuses(1, sliding, at: -1, remaining: 0, reset: 2000, retry: .after(300)),
                refuses(1, sliding, at: 298, remaining: 0, reset: 1701, retry: .after(1)),
                admits(1, sliding, at: 299, remaining: 0, reset: 1700),
            ]
        ),
        StatedRule(
            "a peek does not write a sliding window's correction",
            [
                admits(10, sliding, at: 0, remaining: 0, reset: 2000),
                refuses(1, sliding, at: -1001, remaining: 0, reset: 2000, retry: .after(1100)).peeking,
                refuses(1, sliding, at: -900, remaining: 0, reset: 2900, retry: .after(2000)),
            ]
        ),
    ]
}
