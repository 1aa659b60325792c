internal import LimitCore

/// Numbers as a policy file writes them, read without rounding.
enum Decimal {
    /// A whole number of digits alone, at most `Amount.max`; a minus sign makes it negative.
    static func whole(_ text: String) -> Int64? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard let value = natural(digits) else { return nil }
        return digits.count == text.utf8.count ? value : -value
    }

    /// A number that is not negative, in millionths: `0.2` is 200,000. Nil where it has more than six decimals.
    static func millionths(_ text: String) -> Int64? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = natural(parts[0]) else { return nil }
        var fraction: Int64 = 0
        if parts.count == 2 {
            guard parts[1].count <= 6, let decimals = natural(parts[1]) else { return nil }
            fraction = decimals
            for _ in parts[1].count..<6 { fraction *= 10 }
        }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : Amount.sum(scaled, fraction)
    }

    /// Millionths as a file would write them: `0.2`.
    static func text(_ millionths: Int64) -> String {
        let (whole, fraction) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
        if fraction == 0 { return "\(whole)" }
        var digits = "\(fraction)"
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// What is above `Amount.max` comes out as something above it, for the caller's bounds to refuse.
    private static func natural(_ digits: Substring.UTF8View) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { value, digit in
            value > Amount.max ? value : value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
    }
}
