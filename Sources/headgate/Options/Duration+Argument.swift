public import ArgumentParser

/// Reads `500ms`, `1s`, `2m`, `1h`, also with a fraction: `0.5s`. A bare number is seconds.
extension Duration: @retroactive ExpressibleByArgument {
    public init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let scales: [Substring: Double] = ["": 1, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600]
        guard let value = Double(digits), let scale = scales[argument[digits.endIndex...]] else { return nil }
        // Up to a day: nothing here waits longer, and no conversion can overflow.
        guard value * scale >= 0, value * scale <= 86_400 else { return nil }
        self = .nanoseconds(Int64((value * scale * 1e9).rounded()))
    }

    public var defaultValueDescription: String {
        let seconds = self / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s"
    }
}
