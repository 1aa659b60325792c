import LimitCore
import Testing

@Suite struct `Rate notation, properties` {
    @Test func `what a rate writes reads as the same rate`() throws {
        var random = Seeded()
        for _ in 0..<5_000 {
            let rate = random.rate()
            #expect(try Rate.parse(rate.description) == rate, "\(random.note)")
            #expect(try Rate.parseList("\(rate); \(rate)") == [rate, rate], "\(random.note)")
        }
    }

    @Test func `garbage is refused or read and never traps`() {
        var random = Seeded()
        let pieces: [String] = [
            "10", "per", "/", "calendar", "minute", "month", " ", ",", "-", "_", ".", "0", "s", "w", "é", "\0",
            "tokens",
            "99999999999999999999", "9007199254740991", "week", "PER", "\u{10FFFF}",
        ]
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...9, using: &random.generator) {
                if Bool.random(using: &random.generator) {
                    bytes += pieces.randomElement(using: &random.generator).map { Array($0.utf8) } ?? []
                } else {
                    bytes.append(UInt8.random(in: 0...255, using: &random.generator))
                }
            }
            if let rate = try? Rate.parse(bytes.span) {
                #expect((0...Amount.max).contains(rate.count) && (1...longestWindow).contains(rate.window))
                #expect((try? Rate.parse(rate.description)) == rate, "\(bytes) \(random.note)")
            }
            _ = try? Rate.parseList(bytes.span)
            if let duration = try? Rate.parseDuration(bytes.span) {
                #expect((0...longestWindow).contains(duration))
            }
        }
    }
}

/// A random source whose seed is told where a test fails.
private struct Seeded {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator: SplitMix

    init() {
        generator = SplitMix(state: seed)
        print("seed \(seed)")
    }

    var note: String { "seed \(seed)" }

    mutating func rate() -> Rate {
        let counts: [Int64] = [0, 1, Amount.max, .random(in: 0...Amount.max, using: &generator)]
        let count = counts[Int.random(in: 0..<4, using: &generator)]
        let unit = Bool.random(using: &generator) ? "requests" : unit()
        if Bool.random(using: &generator) {
            let period = CalendarPeriod.allCases[Int.random(in: 0..<7, using: &generator)]
            return Rate(count: count, unit: unit, window: period.longest, calendar: period)
        }
        let period = CalendarPeriod.allCases[Int.random(in: 0..<5, using: &generator)]
        let multiple = Int64.random(in: 1...longestWindow / period.longest, using: &generator)
        return Rate(count: count, unit: unit, window: multiple * period.longest)
    }

    private mutating func unit() -> String {
        let first = Array("abcdefghijklmnopqrstuvwxyz")
        let others = first + Array("0123456789_-")
        var unit = String(first[Int.random(in: 0..<first.count, using: &generator)])
        for _ in 0..<Int.random(in: 0...31, using: &generator) {
            unit.append(others[Int.random(in: 0..<others.count, using: &generator)])
        }
        return unit
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
