/// Amounts as logs write them.
enum UsageText {
    /// A whole number of digits alone; nil for anything else, and above 2^64 - 1.
    static func amount(_ text: Span<UInt8>) -> UInt64? {
        if text.isEmpty { return nil }
        var value: UInt64 = 0
        for index in text.indices {
            let digit = text[index] &- 0x30
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if digit > 9 || overflow || carry { return nil }
            value = sum
        }
        return value
    }
}
