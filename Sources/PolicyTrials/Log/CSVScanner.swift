/// Finds the fields of one CSV record (RFC 4180).
///
/// A field may stand in quotes, in which a quote is doubled and a comma or line break is text. Lines end with LF or
/// CRLF. A quote inside of a field that does not begin with one is taken as it is.
struct CSVScanner {
    struct Field: Equatable {
        var start: Int
        var end: Int
        /// Quotes in it are doubled.
        var isDoubled: Bool
    }

    enum Outcome: Equatable {
        /// With the position behind its line end.
        case record(next: Int)
        /// The bytes end inside of the record.
        case incomplete
        /// Something stands between a closing quote and the next comma.
        case brokenQuote
    }

    private(set) var fields: [Field] = []
    /// Line breaks in the record, its own end included.
    private(set) var lineBreaks = 0

    /// Scans from `start`. Where `isLast`, nothing follows the bytes, and their end ends the record.
    mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool) -> Outcome {
        fields.removeAll(keepingCapacity: true)
        lineBreaks = 0
        var position = start
        while true {
            let isQuoted = position < bytes.count && bytes[position] == UInt8(ascii: "\"")
            let end = isQuoted ? quoted(bytes, position + 1) : plain(bytes, position)
            guard let end else { return .incomplete }
            if end >= bytes.count { return isLast ? .record(next: bytes.count) : .incomplete }
            switch bytes[end] {
            case UInt8(ascii: ","): position = end + 1
            case UInt8(ascii: "\n"):
                lineBreaks += 1
                return .record(next: end + 1)
            case UInt8(ascii: "\r") where end + 1 == bytes.count && !isLast: return .incomplete
            case UInt8(ascii: "\r") where end + 1 == bytes.count: return .record(next: end + 1)
            case UInt8(ascii: "\r") where bytes[end + 1] == UInt8(ascii: "\n"):
                lineBreaks += 1
                return .record(next: end + 2)
            default: return .brokenQuote
            }
        }
    }

    /// Moves the end of a field, whose bytes were changed.
    mutating func setEnd(_ end: Int, of index: Int) {
        fields[index].end = end
    }

    /// Adds a field without quotes and returns where it ends.
    private mutating func plain(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: ","), bytes[end] != UInt8(ascii: "\n") { end += 1 }
        let endsLine =
            end > start && bytes[end - 1] == UInt8(ascii: "\r")
            && (end == bytes.count || bytes[end] != UInt8(ascii: ","))
        fields.append(Field(start: start, end: endsLine ? end - 1 : end, isDoubled: false))
        return end
    }

    /// Adds a field after its opening quote and returns where what follows its closing quote begins.
    private mutating func quoted(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var end = start
        var isDoubled = false
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "\n") { lineBreaks += 1 }
            guard bytes[end] == UInt8(ascii: "\"") else {
                end += 1
                continue
            }
            guard end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "\"") else {
                fields.append(Field(start: start, end: end, isDoubled: isDoubled))
                return end + 1
            }
            isDoubled = true
            end += 2
        }
        return nil
    }
}
