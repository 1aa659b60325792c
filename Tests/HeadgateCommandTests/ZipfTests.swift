import Foundation
import Testing

@testable import headgate

struct ZipfTests {
    /// Chi-squared over the ranks, the tail as one class; the seed is fixed, so the test is too.
    @Test(arguments: [(100, 1.0), (100, 0.5), (1000, 1.2), (50, 2.5), (3, 0.99), (1000, 1.000001)])
    func `ranks are drawn as often as their share says`(_ row: (Int, Double)) {
        let (count, exponent) = row
        let weights = (1...count).map { pow(Double($0), -exponent) }
        let sum = weights.reduce(0, +)
        let zipf = Zipf(count: count, exponent: exponent)
        var random = RandomBits(seed: 42)
        var seen = [Int](repeating: 0, count: count)
        let draws = 200_000
        for _ in 0..<draws { seen[zipf.next(&random) - 1] += 1 }
        let classes = min(count, 20)
        var chi = 0.0
        var rest = (seen: 0, expected: 0.0)
        for rank in 0..<count {
            let expected = weights[rank] / sum * Double(draws)
            if rank < classes {
                chi += pow(Double(seen[rank]) - expected, 2) / expected
            } else {
                rest = (rest.seen + seen[rank], rest.expected + expected)
            }
        }
        if rest.expected > 0 { chi += pow(Double(rest.seen) - rest.expected, 2) / rest.expected }
        // 99.9% of such sums over 20 classes are below 45.3.
        #expect(chi < 45.3, "chi-squared \(chi)")
    }

    @Test func `a single rank is drawn always`() {
        var random = RandomBits(seed: 1)
        let zipf = Zipf(count: 1, exponent: 1)
        for _ in 0..<100 { #expect(zipf.next(&random) == 1) }
    }

    @Test func `uniform clients are drawn evenly and within bounds`() {
        var random = RandomBits(seed: 7)
        let popularity = Popularity.uniform(clients: 10)
        var seen = [Int](repeating: 0, count: 10)
        for _ in 0..<100_000 { seen[popularity.next(&random)] += 1 }
        for count in seen { #expect((9500...10_500).contains(count)) }
    }

    @Test func `the same seed draws the same clients`() {
        var (a, b) = (RandomBits(seed: 3), RandomBits(seed: 3))
        for _ in 0..<100 { #expect(a.next() == b.next()) }
    }
}
