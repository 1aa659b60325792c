import LimitCore
import Testing
import WireProtocol

@testable import RPCServer

/// The pure parts of the gRPC layer.
@Suite struct GRPCPartsTests {
    @Test(
        arguments: [
            ("1S", 1_000_000), ("20m", 20_000), ("99999999u", 99_999_999), ("1n", 1), ("999n", 1), ("1000n", 1),
            ("1001n", 2), ("0m", 0), ("2M", 120_000_000), ("3H", 10_800_000_000), ("99999999H", GRPCTimeout.longest),
            ("00000001S", 1_000_000),
        ] as [(String, Int64)]
    )
    func `a timeout is read in every unit`(text: String, microseconds: Int64) {
        #expect(GRPCTimeout.parse(text.utf8.span) == microseconds)
    }

    @Test(arguments: ["", "S", "1", "1s", "-1S", "+1S", "1.5S", " 1S", "1S ", "999999999S", "1SS", "0x1S", "١S"])
    func `what is no timeout is none`(text: String) {
        #expect(GRPCTimeout.parse(text.utf8.span) == nil)
    }

    @Test(arguments: [
        ("client is empty", "client is empty"), ("100%", "100%25"), ("é\n", "%C3%A9%0A"), ("\u{7F}~", "%7F~"),
        ("🦊", "%F0%9F%A6%8A"),
    ])
    func `a status message is percent-encoded`(text: String, encoded: String) {
        #expect(String(decoding: PercentEncoding.encode(text, atMost: 100), as: UTF8.self) == encoded)
    }

    @Test func `a status message is cut at its bound and not within a character`() {
        #expect(PercentEncoding.encode("ab🦊", atMost: 5) == Array("ab".utf8))
        #expect(PercentEncoding.encode("abcdef", atMost: 5) == Array("abcde".utf8))
    }

    @Test func `a reset budget grows with useful streams`() {
        var budget = FloodBudget()
        for _ in 0..<200 { budget.countReset() }
        #expect(budget.excess == nil)
        budget.countReset()
        #expect(budget.excess == .resets)
        for _ in 0..<1005 { budget.countStream() }
        #expect(budget.excess == nil, "201 of 1,005 is a fifth")
        budget.countReset()
        #expect(budget.excess == .resets)
        for _ in 0..<30 { budget.tick() }
        #expect(budget.excess == nil, "the counts begin anew")
    }

    @Test func `a budget of control frames grows with useful streams`() {
        var budget = FloodBudget()
        for _ in 0..<1000 { budget.countControl() }
        #expect(budget.excess == nil)
        budget.countControl()
        #expect(budget.excess == .control)
        budget.countStream()
        #expect(budget.excess == nil)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `the meter finds frames however they are cut`(size: Int) {
        var bytes = HTTP2Peer.preface
        bytes += HTTP2Frame(kind: HTTP2Frame.Kind.settings).bytes
        bytes += HTTP2Frame(kind: HTTP2Frame.Kind.headers, stream: 1, payload: [1, 2, 3]).bytes
        bytes += HTTP2Frame(kind: HTTP2Frame.Kind.continuation, flags: 4, stream: 1, payload: [1]).bytes
        bytes +=
            HTTP2Frame(kind: HTTP2Frame.Kind.data, flags: 1, stream: 1, payload: Array(repeating: 0, count: 300)).bytes
        var meter = FrameMeter()
        var frames = 0
        var open = 0
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            frames += meter.read(piece.span)
            if meter.isPartial { open += 1 }
        }
        #expect(frames == 4 && !meter.isPartial)
        #expect(size == 1000 || open > 0)
    }

    @Test func `a header block without its end is not complete`() {
        var meter = FrameMeter()
        meter.follow(HTTP2Peer.preface)
        #expect(!meter.isPartial)
        meter.follow(HTTP2Frame(kind: HTTP2Frame.Kind.headers, stream: 1).bytes)
        #expect(meter.isPartial)
        meter.follow(HTTP2Frame(kind: HTTP2Frame.Kind.continuation, flags: 4, stream: 1).bytes)
        #expect(!meter.isPartial)
    }

    @Test(arguments: [8, 9])
    func `a header block has up to eight continuations`(count: Int) {
        var meter = FrameMeter()
        meter.follow(HTTP2Peer.preface)
        for stream in [1, 3] as [UInt32] {
            meter.follow(HTTP2Frame(kind: HTTP2Frame.Kind.headers, stream: stream).bytes)
            for _ in 0..<count {
                meter.follow(HTTP2Frame(kind: HTTP2Frame.Kind.continuation, stream: stream).bytes)
            }
        }
        #expect(meter.excess == (count > 8 ? .continuations : nil))
    }
}

extension FrameMeter {
    fileprivate mutating func follow(_ bytes: [UInt8]) { _ = read(bytes.span) }
}
