internal import LimitCore

/// How counters are called in a store: the same for the same limit after every reload, in every daemon.
///
/// `7:predict/20:requests-per-1minute/requests:sliding-window:60000000:6:client` is rule, limit, unit, algorithm,
/// window in microseconds (or `calendar-month`) and the values it is counted by. What an operator names freely is
/// preceded by its length, so no two limits share a name; amounts are no part of it.
enum CounterName {
    static func of(_ limit: LimitModel, rule: String) -> String {
        let window =
            switch limit.counting {
            case .rate(let rate): window(of: rate)
            case .slots: "0"
            }
        return "\(counted(rule))/\(counted(limit.name))/\(limit.unit):\(limit.algorithm.name):\(window):"
            + limit.per.map { counted($0.name) }.joined(separator: ",")
    }

    /// The name of a limit that came with a call. Rules' counters start with a digit, so the two never meet.
    static func ofInline(_ rate: Rate, _ algorithm: Algorithm, scoped: Bool) -> String {
        "inline/\(rate.unit):\(algorithm.name):\(window(of: rate)):6:client,\(scoped ? "5:scope" : "5:route")"
    }

    private static func window(of rate: Rate) -> String {
        rate.calendar == nil ? "\(rate.window)" : rate.windowName
    }

    private static func counted(_ text: String) -> String {
        "\(text.utf8.count):\(text)"
    }

    /// Adds a value that a counter is counted by, so that no two lists of values read the same.
    static func append(_ value: ArraySlice<UInt8>, to scope: inout [UInt8]) {
        appendDecimal(value.count, to: &scope)
        scope.append(UInt8(ascii: ":"))
        scope.append(contentsOf: value)
    }

    private static func appendDecimal(_ number: Int, to bytes: inout [UInt8]) {
        if number >= 10 { appendDecimal(number / 10, to: &bytes) }
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
