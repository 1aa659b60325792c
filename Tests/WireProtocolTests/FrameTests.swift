import Testing
import WireProtocol

@Suite struct FrameTests {
    private func stream() throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        try Frame.appendRequest(.check, call: 1, millisecondsLeft: 250, to: &bytes) { $0 += [1, 2, 3] }
        try Frame.appendRequest(.ping, call: 0xFFFF_FFFF, to: &bytes) { _ in }
        Frame.appendResponse(.settle, call: 9, to: &bytes) { $0 += Array(repeating: 7, count: 300) }
        return bytes
    }

    private func frames(_ bytes: [UInt8]) -> [FrameStep] {
        var steps: [FrameStep] = []
        var start = 0
        while case let step = FrameReader.next(in: bytes.span, from: start), case .frame(_, let payload) = step {
            steps.append(step)
            start = payload.upperBound
        }
        return steps
    }

    @Test func `frames split at every byte are found when their last byte is there`() throws {
        let bytes = try stream()
        let whole = frames(bytes)
        #expect(whole.count == 3)
        let ends = whole.compactMap { if case .frame(_, let payload) = $0 { payload.upperBound } else { nil } }
        for count in 0...bytes.count {
            let found = frames(Array(bytes[..<count]))
            #expect(found == Array(whole.prefix(ends.count { $0 <= count })))
        }
    }

    @Test func `a frame says how many bytes it needs`() throws {
        let bytes = try stream()
        for count in 0..<15 {
            let step = FrameReader.next(in: Array(bytes[..<count]).span)
            #expect(step == .needMore(total: count < 12 ? 12 : 15))
        }
    }

    @Test func `requests and responses keep their parts`() throws {
        let steps = frames(try stream())
        guard case .frame(let check, let payload)? = steps.first, case .frame(let settle, _)? = steps.last else {
            Issue.record("no frames")
            return
        }
        #expect(FrameKind(rawValue: check.kind) == .check && check.call == 1 && payload == 12..<15)
        #expect(check.millisecondsLeft == 250 && !check.isResponse)
        #expect(FrameKind(rawValue: settle.kind) == .settle && settle.isResponse && settle.status == .ok)
    }

    @Test(arguments: [(0, true), (1, true), (65_536, true), (65_537, false), (1 << 31, false), (0xFFFF_FFFF, false)])
    func `a length up to the bound is waited for, one past it is told at once`(length: Int, fits: Bool) {
        let count = UInt32(length)
        let header = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> UInt32($0)) } + [2, 0, 0, 0, 0, 0, 0, 1]
        switch FrameReader.next(in: header.span) {
        case .needMore(let total): #expect(fits && total == 12 + length)
        case .frame(_, let payload): #expect(length == 0 && payload == 12..<12)
        case .tooLong(let frame, let announced): #expect(!fits && announced == count && frame.call == 1)
        }
    }

    @Test func `times past 65,535 ms are sent as 65,535`() throws {
        var bytes: [UInt8] = []
        try Frame.appendRequest(.check, call: 1, millisecondsLeft: .max, to: &bytes) { _ in }
        guard case .frame(let frame, _) = FrameReader.next(in: bytes.span) else {
            Issue.record("no frame")
            return
        }
        #expect(frame.millisecondsLeft == 65_535)
    }

    @Test func `a request past the bound leaves the buffer as it was`() {
        var bytes: [UInt8] = [42]
        #expect(throws: WireError(.resourceExhausted, "the message is longer than 65536 bytes")) {
            try Frame.appendRequest(.check, call: 1, to: &bytes) { $0 += Array(repeating: 0, count: 65_537) }
        }
        #expect(throws: WireError(.aborted, "stop")) {
            try Frame.appendRequest(.check, call: 1, to: &bytes) { out throws(WireError) in
                out += [1, 2, 3]
                throw WireError(.aborted, "stop")
            }
        }
        #expect(bytes == [42])
    }

    @Test func `a response past the bound becomes a failure of its call`() throws {
        var bytes: [UInt8] = []
        Frame.appendResponse(.checkMany, call: 5, to: &bytes) { $0 += Array(repeating: 0, count: 262_145) }
        guard case .frame(let frame, let payload) = FrameReader.next(in: bytes.span) else {
            Issue.record("no frame")
            return
        }
        #expect(frame.status == .resourceExhausted && frame.call == 5 && payload.upperBound == bytes.count)
    }

    @Test func `a failure of an unknown kind carries that kind`() throws {
        var bytes: [UInt8] = []
        Frame.appendFailure(99, call: 3, WireError(.unimplemented, "no such kind"), to: &bytes)
        guard case .frame(let frame, let payload) = FrameReader.next(in: bytes.span) else {
            Issue.record("no frame")
            return
        }
        #expect(frame == Frame(kind: 99, flags: 1, detail: 12, call: 3))
        #expect(try MessageDecoder().decodeFailure(bytes[payload].span) == "no such kind")
    }

    @Test func `status codes are those of gRPC, and others are UNKNOWN`() {
        #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
        #expect(StatusCode(wire: 17) == .unknown && StatusCode(wire: .max) == .unknown)
    }

    @Test func `garbage never traps`() {
        var random = SeededRandom()
        for _ in 0..<20_000 {
            let bytes = random.bytes(0...40)
            var start = 0
            while case .frame(_, let payload) = FrameReader.next(in: bytes.span, from: start) {
                start = payload.upperBound
            }
            _ = Dialect.sniff(bytes.span)
        }
    }
}
