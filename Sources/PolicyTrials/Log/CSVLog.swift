import LimitCore

/// A log as CSV with a header.
final class CSVLog: RequestLog {
    private let buffer: LogBuffer
    private var scanner = CSVScanner()
    private(set) var line = 0
    private var nextLine = 1
    private(set) var unusedNames: [String] = []
    private var timeColumn = 0
    /// The columns that make a call, but the time's.
    private var columns: [(index: Int, role: LogRole)] = []
    private var columnCount = 0

    init(_ buffer: LogBuffer, _ names: LogNames) throws(LogProblem) {
        self.buffer = buffer
        guard try record() else { throw LogProblem("is empty") }
        try readHeader(names)
    }

    func next() throws(LogProblem) -> Microseconds? {
        guard try record() else { return nil }
        if scanner.fields.count != columnCount {
            let count = scanner.fields.count == 1 ? "1 field" : "\(scanner.fields.count) fields"
            throw LogProblem(line: line, "has \(count), the header \(columnCount)", isOfOneLine: true)
        }
        let bytes = buffer.bytes
        return try time(bytes.span.extracting(field(timeColumn)))
    }

    func append(to questions: inout Questions) throws(InvalidField) {
        let bytes = buffer.bytes
        questions.begin()
        do throws(InvalidField) {
            for column in columns {
                try append(bytes.span.extracting(field(column.index)), column.role, to: &questions)
            }
            _ = try questions.end()
        } catch {
            questions.abandon()
            throw error
        }
    }

    private func append(_ text: Span<UInt8>, _ role: LogRole, to questions: inout Questions) throws(InvalidField) {
        switch role {
        case .time: break
        case .client: try questions.setClient(text)
        case .route: try questions.setRoute(text)
        case .tier: try questions.setTier(text)
        // An empty cell says nothing.
        case .usage where text.isEmpty, .attribute where text.isEmpty: break
        case .usage(let unit):
            guard let amount = UsageText.amount(text) else {
                throw InvalidField("usage[\(String(decoding: unit, as: UTF8.self))]", "is no whole number")
            }
            try questions.addUsage(unit: unit.span, amount: amount)
        case .attribute(let key): try questions.addAttribute(key: key.span, value: text)
        }
    }

    private func field(_ index: Int) -> Range<Int> {
        scanner.fields[index].start..<scanner.fields[index].end
    }

    private func readHeader(_ names: LogNames) throws(LogProblem) {
        var roles: [LogRole] = []
        columnCount = scanner.fields.count
        for index in 0..<columnCount {
            let name = Array(buffer.bytes[field(index)])
            let text = String(decoding: name.prefix(64), as: UTF8.self)
            guard let role = names.role(of: name) else {
                unusedNames.append(text)
                continue
            }
            if roles.contains(role) { throw LogProblem(line: 1, "the column \"\(text)\" is there twice") }
            roles.append(role)
            if role == .time { timeColumn = index } else { columns.append((index, role)) }
        }
        for (name, role) in [("time", LogRole.time), ("client", .client), ("route", .route)]
        where !roles.contains(role) {
            let there = unusedNames.isEmpty ? "" : "; name one of: \(unusedNames.joined(separator: ", "))"
            throw LogProblem(line: 1, "the header has no column \"\(name)\"\(there)")
        }
    }

    /// Reads the next record that is no empty line.
    private func record() throws(LogProblem) -> Bool {
        while true {
            guard try scan() else { return false }
            if scanner.fields.count > 1 || scanner.fields[0].end > scanner.fields[0].start { break }
        }
        for index in scanner.fields.indices where scanner.fields[index].isDoubled { scanner.undouble(index, buffer) }
        return true
    }

    private func scan() throws(LogProblem) -> Bool {
        line = nextLine
        while true {
            let (start, end, isLast) = (buffer.start, buffer.end, buffer.isAtEnd)
            if start == end, isLast { return false }
            let outcome = buffer.bytes.withUnsafeBufferPointer { bytes in
                scanner.scan(UnsafeBufferPointer(rebasing: bytes[..<end]), from: start, isLast: isLast)
            }
            switch outcome {
            case .record(let next):
                buffer.start = next
                nextLine = line + scanner.lineBreaks
                return true
            case .incomplete:
                if isLast { throw LogProblem(line: line, "a quote is opened and not closed") }
                _ = try buffer.refill(line: line)
            case .brokenQuote:
                throw LogProblem(line: line, "a quoted field goes on after its closing quote")
            }
        }
    }
}

extension CSVScanner {
    /// Takes one of each two quotes out of a field.
    fileprivate mutating func undouble(_ index: Int, _ buffer: LogBuffer) {
        let field = fields[index]
        var end = field.start
        buffer.edit { bytes in
            var position = field.start
            while position < field.end {
                bytes[end] = bytes[position]
                position += bytes[position] == UInt8(ascii: "\"") ? 2 : 1
                end += 1
            }
        }
        setEnd(end, of: index)
    }
}
