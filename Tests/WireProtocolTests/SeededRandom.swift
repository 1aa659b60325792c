import Foundation
import LimitCore

/// Random numbers that a printed seed brings back (SplitMix64, Steele, Lea and Flood 2014).
///
/// `HEADGATE_TEST_SEED=<seed>` repeats a run.
struct SeededRandom: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init() {
        let fixed = ProcessInfo.processInfo.environment["HEADGATE_TEST_SEED"].flatMap(UInt64.init)
        seed = fixed ?? UInt64.random(in: 0...UInt64.max)
        state = seed
        print("seed \(seed)")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func count(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func bytes(_ range: ClosedRange<Int>) -> [UInt8] {
        (0..<count(range)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    mutating func text(_ range: ClosedRange<Int>) -> String {
        let alphabet = Array("abZ0/:{é日😀\u{202E} \"\\")
        return String((0..<count(range)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &self)] })
    }

    /// A number whose size is as likely as any other.
    mutating func number() -> UInt64 { next() >> UInt64.random(in: 0...63, using: &self) }

    mutating func request() -> CheckRequest {
        var request = CheckRequest(client: text(1...20), route: text(1...20))
        if chance(30) { request.tier = text(0...5) }
        if chance(50) { for _ in 0..<count(0...4) { request.usage[text(1...6)] = number() >> 11 } }
        if chance(50) { for _ in 0..<count(0...6) { request.attributes[text(1...6)] = text(0...10) } }
        if chance(30) {
            for _ in 0..<count(0...3) {
                let rate = text(0...10)
                let (cost, burst) = (number() >> 11, number() >> 11)
                request.limits.append(.init(rate: rate, scope: text(0...4), cost: cost, burst: burst))
            }
        }
        request.peek = chance(20)
        request.allLimits = chance(20)
        return request
    }

    mutating func response() -> CheckResponse {
        var response = CheckResponse(verdict: Verdict.allCases.randomElement(using: &self) ?? .allowed)
        response.reason = Reason.allCases.randomElement(using: &self) ?? .rate
        response.retryAfterMilliseconds = chance(50) ? number() : 0
        for _ in 0..<count(0...4) {
            response.limits.append(
                LimitState(
                    name: text(0...60),
                    limit: number(),
                    remaining: number(),
                    resetMilliseconds: number(),
                    windowMilliseconds: number(),
                    unit: text(0...12),
                    limited: chance(50),
                    shadow: chance(50)
                )
            )
        }
        response.lease = chance(50) ? bytes(0...300) : []
        response.leaseMilliseconds = chance(50) ? number() : 0
        response.rule = text(0...12)
        response.message = chance(30) ? text(0...200) : ""
        response.degraded = chance(20)
        response.policy = chance(80) ? next() : 0
        response.never = chance(20)
        return response
    }

    /// The bytes with a few of them changed, lost, doubled or added.
    mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<count(1...2) {
            let index = count(0...bytes.count)
            switch count(0...6) {
            case 0 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &self)
            case 1 where index < bytes.count: bytes[index] ^= 1 << UInt8(count(0...7))
            case 2 where index < bytes.count: bytes.remove(at: index)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &self), at: index)
            case 4: bytes.removeLast(bytes.count - index)
            case 5: bytes += bytes[index...].prefix(12)
            default: bytes.insert(contentsOf: self.bytes(0...12), at: index)
            }
        }
        return bytes
    }
}
