import LimitCore

/// A log of calls, read one after the other.
protocol RequestLog: AnyObject {
    /// The line of the call that was read last.
    var line: Int { get }
    /// Names in the log that are no part of a call.
    var unusedNames: [String] { get }

    /// Reads the next call and says when it was; nil at the end.
    ///
    /// After a problem of one line the next call can be read.
    func next() throws(LogProblem) -> Microseconds?

    /// Adds the call that was read last to the questions, which must not be between `begin` and `end`.
    func append(to questions: inout Questions) throws(InvalidField)
}

extension RequestLog {
    func time(_ text: Span<UInt8>) throws(LogProblem) -> Microseconds {
        if let time = LogTime.parse(text) { return time }
        let shown = text.withUnsafeBufferPointer { String(decoding: $0.prefix(40), as: UTF8.self) }
        let message = "time \"\(shown)\" is neither RFC 3339 with a zone (2026-01-05T09:30:00Z) nor Unix time"
        throw LogProblem(line: line, text.isEmpty ? "time is empty" : message, isOfOneLine: true)
    }
}

/// Opens logs.
enum RequestLogs {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// A log of lines that are JSON objects where its first byte opens one, else CSV.
    static func open(_ buffer: LogBuffer, _ names: LogNames) throws(LogProblem) -> any RequestLog {
        while buffer.end - buffer.start < 4, try buffer.refill(line: 1) {}
        let head = buffer.bytes[buffer.start..<min(buffer.start + 4, buffer.end)]
        if head.starts(with: [0x1F, 0x8B]) { throw LogProblem("is compressed; pipe it in: zcat LOG | ... -") }
        if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            throw LogProblem("is compressed; pipe it in: zstdcat LOG | ... -")
        }
        if head.starts(with: byteOrderMark) { buffer.start += 3 }
        if buffer.start == buffer.end { throw LogProblem("is empty") }
        let opensObject = buffer.bytes[buffer.start] == UInt8(ascii: "{")
        return opensObject ? JSONLog(buffer, names) : try CSVLog(buffer, names)
    }
}
