import LimitCore

/// The `grpc-timeout` of a call (PROTOCOL-HTTP2.md of grpc/grpc): one to eight digits and a unit.
enum GRPCTimeout {
    /// Ten years: as good as none, and far from where clocks end.
    static let longest: Microseconds = 315_360_000_000_000

    /// The time in microseconds, up to `longest`; nil where the text is no timeout. Less than a microsecond is one.
    static func parse(_ text: Span<UInt8>) -> Microseconds? {
        guard (2...9).contains(text.count), let unit = microseconds(of: text[text.count - 1]) else { return nil }
        var count: Int64 = 0
        for index in 0..<text.count - 1 {
            guard (0x30...0x39).contains(text[index]) else { return nil }
            count = count * 10 + Int64(text[index] - 0x30)
        }
        // At most 99,999,999 hours: 3.6e17 microseconds.
        return min(unit > 0 ? count * unit : (count + 999) / 1000, longest)
    }

    /// Of one unit; 0 for the nanosecond.
    private static func microseconds(of unit: UInt8) -> Int64? {
        switch UnicodeScalar(unit) {
        case "H": 3_600_000_000
        case "M": 60_000_000
        case "S": 1_000_000
        case "m": 1000
        case "u": 1
        case "n": 0
        default: nil
        }
    }
}
