import LimitCore

@testable import PolicyTrials

/// A log in memory that is handed out in pieces of a given size.
final class PiecemealLog {
    private let bytes: [UInt8]
    private let piece: Int
    private var position = 0

    init(_ text: String, piece: Int = .max) {
        bytes = Array(text.utf8)
        self.piece = piece
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        piece = .max
    }

    func fill(_ memory: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(piece, memory.count, bytes.count - position)
        memory.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
    }
}

/// A call of a log as plain values.
struct LoggedCall: Equatable {
    var line: Int
    var time: Microseconds
    var client: String
    var route: String
    var tier = ""
    var usage: [String: Int64] = [:]
    var attributes: [String: String] = [:]
}

/// Reads a whole log.
func calls(_ log: PiecemealLog, _ names: LogNames = LogNames()) throws(LogProblem) -> [LoggedCall] {
    let log = try RequestLogs.open(LogBuffer { log.fill($0) }, names)
    var calls: [LoggedCall] = []
    while let time = try log.next() {
        var questions = Questions()
        do throws(InvalidField) {
            try log.append(to: &questions)
        } catch {
            throw LogProblem(line: log.line, error.description, isOfOneLine: true)
        }
        calls.append(LoggedCall(log.line, time, questions))
    }
    return calls
}

func calls(_ text: String, _ names: LogNames = LogNames()) throws(LogProblem) -> [LoggedCall] {
    try calls(PiecemealLog(text), names)
}

/// What is wrong with a log; nil where nothing is.
func problem(_ text: String) -> String? {
    do throws(LogProblem) {
        _ = try calls(text)
        return nil
    } catch {
        return error.description
    }
}

extension LoggedCall {
    init(_ line: Int, _ time: Microseconds, _ questions: Questions) {
        let check = questions.checks[0]
        self.init(line: line, time: time, client: questions.string(check.client), route: questions.string(check.route))
        tier = questions.string(check.tier)
        for one in questions.usages[check.usages] { usage[questions.string(one.unit)] = one.amount }
        for one in questions.attributes[check.attributes] {
            attributes[questions.string(one.key)] = questions.string(one.value)
        }
    }
}
