import LimitCore
import LimitStoreTesting
import Testing

/// `mulDiv` and its family against exact arithmetic of 128 bits.
struct MulDivTests {
    private static let largest = Int128(Amount.max)
    private static let edges: [Int64] = [
        0, 1, 2, 3, 127, 128, 999_983, 1 << 26, (1 << 32) - 1, 1 << 32, longestWindow - 1, longestWindow,
        Amount.max / 2, Amount.max - 1, Amount.max,
    ]

    @Test(arguments: [1, 2] as [UInt64])
    func `quotients and remainders are exact over 100,000 random cases`(seed: UInt64) {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var failures = 0
        for _ in 0..<100_000 {
            let (a, b, divisor) = (amount(&random), amount(&random), max(1, amount(&random)))
            let c = random.chance(50) ? Int64.random(in: 0..<divisor, using: &random) : amount(&random)
            if !agrees(a, b, c, divisor) { failures += 1 }
        }
        #expect(failures == 0)
    }

    @Test func `quotients and remainders are exact at all edges`() {
        for a in Self.edges {
            for b in Self.edges {
                for divisor in Self.edges where divisor > 0 {
                    #expect(agrees(a, b, 0, divisor), "\(a) * \(b) / \(divisor)")
                    #expect(agrees(a, b, divisor - 1, divisor), "(\(a) * \(b) + \(divisor - 1)) / \(divisor)")
                }
            }
        }
    }

    @Test func `rounding up saturates too`() {
        // (2^27 - 1)(2^27 + 1) / 2 is 2^53 - 1 and a half.
        #expect(mulDivUp((1 << 27) - 1, (1 << 27) + 1, 2) == Amount.max)
    }

    @Test(arguments: [3, 4] as [UInt64])
    func `a refill takes the smallest time that is enough`(seed: UInt64) {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var failures = 0
        for _ in 0..<100_000 {
            let amount = amount(&random)
            let rate = max(1, self.amount(&random))
            let window = max(1, min(longestWindow, self.amount(&random)))
            let carry = Int64.random(in: 0..<window, using: &random)
            let time = refillTime(amount, window: window, carry: carry, rate: rate)
            if !isSmallest(time, amount, window, carry, rate) { failures += 1 }
        }
        #expect(failures == 0)
    }

    @Test(
        arguments: [
            (0, 1, 0, 1, 0), (1, 1000, 0, 3, 334), (1, 1000, 1, 3, 333), (1, 1000, 999, 3, 1), (3, 1000, 0, 3, 1000),
            (Amount.max, 1, 0, Amount.max, 1), (Amount.max, longestWindow, 0, 1, Amount.max),
            (Amount.max, longestWindow, 0, Amount.max, longestWindow), (Amount.max, 1, 0, 1, Amount.max),
            (Amount.max, longestWindow, 0, longestWindow, Amount.max), (Amount.max, 2, 0, 1, Amount.max),
        ] as [(Int64, Int64, Int64, Int64, Int64)]
    )
    func `a refill time is known`(amount: Int64, window: Int64, carry: Int64, rate: Int64, expected: Int64) {
        #expect(refillTime(amount, window: window, carry: carry, rate: rate) == expected)
    }

    private func agrees(_ a: Int64, _ b: Int64, _ c: Int64, _ divisor: Int64) -> Bool {
        let exact = (Int128(a) * Int128(b) + Int128(c)).quotientAndRemainder(dividingBy: Int128(divisor))
        let isPast = exact.quotient > Self.largest
        let expected = isPast ? (Amount.max, 0) : (Int64(exact.quotient), Int64(exact.remainder))
        guard mulAddDiv(a, b, c, divisor) == expected else { return false }
        if c > 0 { return true }
        let up = isPast ? Self.largest : exact.quotient + (exact.remainder > 0 ? 1 : 0)
        return mulDiv(a, b, divisor) == expected && Int128(mulDivUp(a, b, divisor)) == min(up, Self.largest)
    }

    private func isSmallest(_ time: Int64, _ amount: Int64, _ window: Int64, _ carry: Int64, _ rate: Int64) -> Bool {
        let needed = Int128(amount) * Int128(window)
        func isEnough(_ time: Int64) -> Bool { Int128(rate) * Int128(time) + Int128(carry) >= needed }
        if time == Amount.max { return !isEnough(time - 1) }
        return isEnough(time) && (time == 0 || !isEnough(time - 1))
    }

    /// An amount of any size, an edge one time in four.
    private func amount(_ random: inout SeededGenerator) -> Int64 {
        if random.chance(25) { return random.pick(Self.edges) }
        return Int64(random.next() >> UInt64.random(in: 11...63, using: &random))
    }
}
