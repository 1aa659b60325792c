import LimitCore
import WireProtocol

/// A log of lines that are JSON objects each.
final class JSONLog: RequestLog {
    private let buffer: LogBuffer
    private let names: LogNames
    private(set) var line = 0
    private var call = Questions()
    private var timeText: [UInt8] = []
    private var unused: Set<[UInt8]> = []
    private static let mostUnused = 100

    init(_ buffer: LogBuffer, _ names: LogNames) {
        self.buffer = buffer
        self.names = names
    }

    var unusedNames: [String] { unused.map { String(decoding: $0.prefix(64), as: UTF8.self) }.sorted() }

    func next() throws(LogProblem) -> Microseconds? {
        while let range = try nextLine() {
            let bytes = buffer.bytes
            if bytes[range].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(InvalidField) {
                try decode(bytes.span.extracting(range))
            } catch {
                let field = error.field == "body" ? "" : "\(error.field) "
                throw LogProblem(line: line, "\(field)\(error.problem)", isOfOneLine: true)
            }
            let timeText = timeText
            return try time(timeText.span)
        }
        return nil
    }

    func append(to questions: inout Questions) throws(InvalidField) {
        let call = call
        try questions.append(copying: 0, of: call)
    }

    /// The next line without its end, as a range of the buffer.
    private func nextLine() throws(LogProblem) -> Range<Int>? {
        line += 1
        var searched = 0
        while true {
            let start = buffer.start
            let rest = buffer.bytes[start + searched..<buffer.end]
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                buffer.start = end + 1
                return start..<end
            }
            searched = buffer.end - start
            guard try buffer.refill(line: line) else {
                let range = buffer.start..<buffer.end
                buffer.start = buffer.end
                return range.isEmpty ? nil : range
            }
        }
    }

    private func decode(_ document: Span<UInt8>) throws(InvalidField) {
        call.removeAll()
        timeText.removeAll(keepingCapacity: true)
        call.begin()
        do throws(InvalidField) {
            try JSONMembers.read(document) { member throws(InvalidField) in try add(member) }
            _ = try call.end()
        } catch {
            call.abandon()
            throw error
        }
    }

    private func add(_ member: JSONMembers.Member) throws(InvalidField) {
        switch role(of: member) {
        case nil: if unused.count < Self.mostUnused { unused.insert(member.name) }
        case .time: timeText = member.value
        case .client: try call.setClient(member.value.span)
        case .route: try call.setRoute(member.value.span)
        case .tier: try call.setTier(member.value.span)
        case .usage(let unit):
            guard let amount = UsageText.amount(member.value.span) else {
                throw InvalidField("usage[\(String(decoding: unit, as: UTF8.self))]", "is no whole number")
            }
            try call.addUsage(unit: unit.span, amount: amount)
        case .attribute(let key): try call.addAttribute(key: key.span, value: member.value.span)
        }
    }

    private func role(of member: JSONMembers.Member) -> LogRole? {
        guard let inner = member.inner else { return names.role(of: member.name) }
        if member.name.elementsEqual("usage".utf8) { return .usage(inner) }
        return member.name.elementsEqual("attributes".utf8) ? .attribute(inner) : nil
    }
}

extension Questions {
    /// Adds a check of other questions.
    fileprivate mutating func append(copying index: Int, of other: borrowing Questions) throws(InvalidField) {
        let check = other.checks[index]
        let text = other.text.span
        begin()
        do throws(InvalidField) {
            try setClient(text.extracting(check.client.indices))
            try setRoute(text.extracting(check.route.indices))
            try setTier(text.extracting(check.tier.indices))
            for usage in other.usages[check.usages] {
                try addUsage(unit: text.extracting(usage.unit.indices), amount: UInt64(usage.amount))
            }
            for attribute in other.attributes[check.attributes] {
                try addAttribute(
                    key: text.extracting(attribute.key.indices),
                    value: text.extracting(attribute.value.indices)
                )
            }
            _ = try end()
        } catch {
            abandon()
            throw error
        }
    }
}
