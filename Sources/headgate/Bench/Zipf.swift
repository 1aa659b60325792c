#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Ranks 1 to `count`, rank k with probability proportional to k^-exponent, each drawn in O(1) time and space.
///
/// Rejection-inversion after Wolfgang Hörmann and Gerhard Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions", ACM TOMACS 6 (1996): draw below the continuous hat h(x) = x^-exponent by
/// inverting its integral H, round to the nearest rank, and reject the little that lies above the histogram.
package struct Zipf: Sendable {
    package let count: Int
    package let exponent: Double
    private let lowest: Double
    private let highest: Double
    /// A draw this close above its rank lies below the histogram, whatever the rank: most draws stop here.
    private let shortcut: Double

    /// `count` is at least 1, `exponent` above 0.
    package init(count: Int, exponent: Double) {
        precondition(count >= 1 && exponent > 0, "a Zipf distribution has ranks and a positive exponent")
        self.count = count
        self.exponent = exponent
        lowest = Zipf.integral(1.5, exponent) - 1
        highest = Zipf.integral(Double(count) + 0.5, exponent)
        shortcut = 2 - Zipf.inverse(Zipf.integral(2.5, exponent) - pow(2, -exponent), exponent)
    }

    /// The next rank.
    package func next(_ random: inout RandomBits) -> Int {
        while true {
            let u = highest + random.nextFraction() * (lowest - highest)
            let x = Zipf.inverse(u, exponent)
            let rank = min(max(x.rounded(), 1), Double(count))
            if rank - x <= shortcut { return Int(rank) }
            if u >= Zipf.integral(rank + 0.5, exponent) - pow(rank, -exponent) { return Int(rank) }
        }
    }

    /// H, an antiderivative of x^-exponent.
    private static func integral(_ x: Double, _ exponent: Double) -> Double {
        isOne(exponent) ? log(x) : pow(x, 1 - exponent) / (1 - exponent)
    }

    private static func inverse(_ y: Double, _ exponent: Double) -> Double {
        isOne(exponent) ? exp(y) : pow((1 - exponent) * y, 1 / (1 - exponent))
    }

    /// Closer to 1 than this, the powers lose more digits than the logarithm's error comes to.
    private static func isOne(_ exponent: Double) -> Bool { abs(exponent - 1) < 1e-7 }
}
