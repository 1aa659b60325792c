/// Reads the words and numbers of the rate notation from a part of a text.
///
/// It holds positions only; the bytes are passed in, so that one text can be read from a span without a copy.
struct RateScanner {
    private(set) var position: Int
    let end: Int

    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position >= end }

    func peek(_ bytes: Span<UInt8>) -> UInt8? {
        isAtEnd ? nil : bytes[position]
    }

    mutating func skipSpace(_ bytes: Span<UInt8>) {
        while let byte = peek(bytes), Self.isSpace(byte) { position += 1 }
    }

    mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard peek(bytes) == byte else { return false }
        position += 1
        return true
    }

    mutating func advance(by count: Int) {
        position = min(position + count, end)
    }

    /// A whole number up to `Amount.max`, or nil where no digit comes next.
    mutating func number(_ bytes: Span<UInt8>) throws(RateProblem) -> Int64? {
        let start = position
        var value: Int64 = 0
        while let byte = peek(bytes), Self.isDigit(byte) {
            position += 1
            // Past the bound the value stays there; what it is no longer matters.
            value = value > Amount.max ? value : value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        if position == start { return nil }
        if value > Amount.max { throw problem(.tooLarge, start..<position, bytes) }
        return value
    }

    /// The word that comes next, in lower case, without consuming it; empty where none does.
    func word(_ bytes: Span<UInt8>) -> String {
        var index = position
        var word: [UInt8] = []
        while index < end, Self.isWord(bytes[index]) {
            word.append(Self.lowercased(bytes[index]))
            index += 1
        }
        return String(decoding: word, as: UTF8.self)
    }

    /// A problem with what comes next, up to a space or a slash.
    func problem(_ reason: RateProblem.Reason, from start: Int? = nil, _ bytes: Span<UInt8>) -> RateProblem {
        let start = start ?? position
        var index = max(start, position)
        while index < end, !Self.isSpace(bytes[index]), bytes[index] != UInt8(ascii: "/") { index += 1 }
        if index == start, index < end { index += 1 }
        return problem(reason, start..<index, bytes)
    }

    /// A problem with a stretch of the text.
    func problem(_ reason: RateProblem.Reason, _ range: Range<Int>, _ bytes: Span<UInt8>) -> RateProblem {
        var text: [UInt8] = []
        for index in range.prefix(Self.longestQuote) {
            let byte = bytes[index]
            text.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte)
        }
        let quote = String(decoding: text, as: UTF8.self)
        return RateProblem(
            reason,
            text: range.count > Self.longestQuote ? quote + "..." : quote,
            offset: range.lowerBound
        )
    }

    private static let longestQuote = 48

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    static func isWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
