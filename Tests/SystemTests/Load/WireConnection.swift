import LimitCore
import WireProtocol

/// One caller of a daemon: a connection in the compact framing that asks one call after the other.
final class WireConnection {
    typealias Answer = Result<CheckResponse, SystemFailure>

    private let socket: Socket
    private var received: [UInt8] = []
    private var lastCall: UInt32 = 0
    /// The daemon said that it is going.
    private(set) var saidGoAway = false
    /// Answers that have come and were not handed out.
    private(set) var untaken: [UInt32: Answer] = [:]

    init(port: Int) throws {
        socket = try Socket(port: port)
        var bytes = Frame.preface
        try Frame.appendRequest(.hello, call: 1, to: &bytes) { out throws(WireError) in
            try MessageEncoder().append(Hello(client: "system-tests"), to: &out)
        }
        try socket.send(bytes)
        lastCall = 1
        _ = try answer(to: 1)
    }

    /// What the daemon answers: a decision, or in words why there is none.
    func check(_ request: CheckRequest) throws -> Answer {
        try answers(to: send([request]))[0]
    }

    /// Tells of a replica, with nothing else in flight.
    func report(_ request: ReportRequest) throws -> ReportResponse {
        var bytes: [UInt8] = []
        lastCall += 1
        try Frame.appendRequest(.report, call: lastCall, to: &bytes) { out throws(WireError) in
            try MessageEncoder().append(request, to: &out)
        }
        try socket.send(bytes)
        let payload = try answer(to: lastCall)
        return try MessageDecoder().decodeReportResponse(payload.span)
    }

    /// Waits for the answers to calls that were sent, each of them exactly one.
    func answers(to calls: ClosedRange<UInt32>) throws -> [Answer] {
        while !calls.allSatisfy({ untaken[$0] != nil }) {
            let (call, frame, payload) = try nextAnswer()
            guard (2...lastCall).contains(call), untaken[call] == nil else {
                throw SystemFailure("an answer to call \(call), which is not in flight")
            }
            untaken[call] = try Self.decode(frame, payload)
        }
        return calls.compactMap { untaken.removeValue(forKey: $0) }
    }

    /// Sends calls at once; their answers are taken later.
    func send(_ requests: [CheckRequest]) throws -> ClosedRange<UInt32> {
        var bytes: [UInt8] = []
        let first = lastCall + 1
        for request in requests {
            lastCall += 1
            try Frame.appendRequest(.check, call: lastCall, to: &bytes) { out throws(WireError) in
                try MessageEncoder().append(request, to: &out)
            }
        }
        try socket.send(bytes)
        return first...lastCall
    }

    /// Reads what the daemon had sent before it closed.
    func takeRest() {
        while let (call, frame, payload) = try? nextAnswer() { untaken[call] = try? Self.decode(frame, payload) }
    }

    private func answer(to call: UInt32) throws -> [UInt8] {
        let (answered, frame, payload) = try nextAnswer()
        guard answered == call, frame.status == .ok else { throw SystemFailure("call \(call) was refused") }
        return payload
    }

    private static func decode(_ frame: Frame, _ payload: [UInt8]) throws -> Answer {
        if frame.status == .ok { return .success(try MessageDecoder().decodeCheckResponse(payload.span)) }
        let words = try MessageDecoder().decodeFailure(payload.span)
        return .failure(SystemFailure("\(frame.status): \(words)"))
    }

    /// The next answer to a call, whichever.
    private func nextAnswer() throws -> (call: UInt32, frame: Frame, payload: [UInt8]) {
        while true {
            guard case .frame(let frame, let range) = FrameReader.next(in: received.span, bound: 1 << 20) else {
                try socket.receive(into: &received)
                continue
            }
            let payload = Array(received[range])
            received.removeFirst(range.upperBound)
            if frame.kind == FrameKind.goAway.rawValue {
                saidGoAway = true
            } else {
                return (frame.call, frame, payload)
            }
        }
    }
}
