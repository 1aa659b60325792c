import LimitCore

extension JSONReader {
    /// A uint64 as proto3 takes it: a number or a string of one, with an exponent or a fraction of zeros if it likes.
    mutating func uint64(_ field: String) throws(InvalidField) -> UInt64 {
        guard let value = try number(field).wholeValue else {
            throw InvalidField(field, "is no whole number from 0 to 2^64 - 1")
        }
        return value
    }

    /// A double as proto3 takes it, but finite.
    mutating func double(_ field: String) throws(InvalidField) -> Double {
        guard let value = Double(try number(field).text), value.isFinite else {
            throw InvalidField(field, "is no finite number")
        }
        return value
    }

    /// A number, or a string that is one.
    private mutating func number(_ field: String) throws(InvalidField) -> JSONNumber {
        skipSpace()
        if peek == UInt8(ascii: "\"") {
            let text = try string(field)
            var end = 0
            guard let number = JSONNumber(text, at: &end), end == text.count else {
                throw InvalidField(field, "is no number")
            }
            return number
        }
        var end = position
        guard let number = JSONNumber(bytes, at: &end) else { throw mismatch(field, "is no number") }
        while position < end { advance() }
        return number
    }
}

/// A number as JSON writes it, taken apart: sign, digits and a power of ten, so that no digit is lost to a double.
struct JSONNumber {
    private(set) var text = ""
    private var isNegative = false
    private var digits: [UInt8] = []
    private var power = 0

    /// The number that begins at the position, or nil; the position moves past it.
    init?(_ bytes: [UInt8], at position: inout Int) {
        let start = position
        func peek(_ position: Int) -> UInt8? { position < bytes.count ? bytes[position] : nil }
        func run(_ position: inout Int) -> ArraySlice<UInt8> {
            let start = position
            while let byte = peek(position), (0x30...0x39).contains(byte) { position += 1 }
            return bytes[start..<position]
        }
        if peek(position) == UInt8(ascii: "-") {
            isNegative = true
            position += 1
        }
        let whole = run(&position)
        guard let first = whole.first, first != 0x30 || whole.count == 1 else { return nil }
        digits += whole
        if peek(position) == UInt8(ascii: ".") {
            position += 1
            let fraction = run(&position)
            if fraction.isEmpty { return nil }
            digits += fraction
            power = -fraction.count
        }
        if let byte = peek(position), byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            position += 1
            let sign = peek(position)
            if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position += 1 }
            let exponent = run(&position)
            if exponent.isEmpty { return nil }
            // Past a billion it makes no difference: the number is zero, or no uint64.
            let size = exponent.reduce(0) { min($0 * 10 + Int($1 - 0x30), 1_000_000_000) }
            power += sign == UInt8(ascii: "-") ? -size : size
        }
        text = String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The number where it is a whole one from 0 to 2^64 - 1.
    var wholeValue: UInt64? {
        var significant = digits[...]
        while significant.last == 0x30 { significant.removeLast() }
        let power = power + digits.count - significant.count
        if significant.isEmpty { return 0 }
        guard !isNegative, power >= 0 else { return nil }
        var value: UInt64 = 0
        for digit in significant.drop(while: { $0 == 0x30 }) {
            guard let next = value.timesTen(plus: UInt64(digit - 0x30)) else { return nil }
            value = next
        }
        for _ in 0..<power {
            guard let next = value.timesTen(plus: 0) else { return nil }
            value = next
        }
        return value
    }
}

extension UInt64 {
    fileprivate func timesTen(plus digit: UInt64) -> UInt64? {
        let (product, overflow) = multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(digit)
        return overflow || carry ? nil : sum
    }
}
