import LimitCore
import Testing

@testable import WireProtocol

@Suite struct OtherMessageTests {
    private let decoder = MessageDecoder()
    private let encoder = MessageEncoder()

    private func encoded(
        _ write: (MessageEncoder, inout [UInt8]) throws(WireError) -> Void
    ) throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        try write(encoder, &bytes)
        return bytes
    }

    private static let lease = [UInt8](repeating: 200, count: 1024)
    private static let tooLong = String(repeating: "r", count: 129)
    private static let nineUnits = (0..<9).map { UnitAmount(unit: "u\($0)", amount: 1) }

    @Test(arguments: [
        (SettleRequest(lease: []), "lease is empty"),
        (SettleRequest(lease: lease + [0]), "lease is longer than 1024 bytes"),
        (SettleRequest(lease: [1], usage: nineUnits), "usage has more than 8 units"),
        (SettleRequest(lease: [1], usage: [UnitAmount(unit: "", amount: 1)]), "usage has an empty unit"),
        (SettleRequest(lease: [1], usage: [UnitAmount(unit: "a\0", amount: 1)]), "usage contains a control character"),
        (SettleRequest(lease: [1], usage: [UnitAmount(unit: "t", amount: 1 << 53)]), "usage[t] is above 2^53 - 1"),
    ])
    func `a settle or a renewal past a bound is refused by name`(request: SettleRequest, message: String) throws {
        let wire = try encoded { encoder, out throws(WireError) in try encoder.append(request, to: &out) }
        #expect(throws: WireError(.invalidArgument, message)) { try decoder.decodeSettle(wire.span) }
        let items = [RenewRequest.Item(lease: [1]), RenewRequest.Item(lease: request.lease, usage: request.usage)]
        let renewal = try encoded { encoder, out throws(WireError) in
            try encoder.append(RenewRequest(leases: items), to: &out)
        }
        #expect(throws: WireError(.invalidArgument, "leases[1].\(message)")) { try decoder.decodeRenew(renewal.span) }
    }

    @Test(arguments: [(0, "leases is empty"), (257, "leases has more than 256 items")])
    func `a renewal has 1 to 256 leases`(count: Int, message: String) throws {
        let items = Array(repeating: RenewRequest.Item(lease: [1]), count: count)
        let wire = try encoded { encoder, out throws(WireError) in
            try encoder.append(RenewRequest(leases: items), to: &out)
        }
        #expect(throws: WireError(.invalidArgument, message)) { try decoder.decodeRenew(wire.span) }
        let body = #"{"leases":[\#(Array(repeating: #"{"lease":"AA"}"#, count: count).joined(separator: ","))]}"#
        #expect(throws: WireError(.invalidArgument, message)) { try JSONRequests.decodeRenew(Array(body.utf8).span) }
    }

    @Test(arguments: [
        (ReportRequest(replica: "", pool: "p", state: .ready), "replica is empty"),
        (ReportRequest(replica: tooLong, pool: "p", state: .ready), "replica is longer than 128 bytes"),
        (ReportRequest(replica: "r", pool: tooLong, state: .ready), "pool is longer than 128 bytes"),
        (ReportRequest(replica: "r\n", pool: "", state: .ready), "replica contains a control character"),
        (ReportRequest(replica: "r", pool: "", state: .ready, load: .nan), "load is not a number from 0 up"),
        (ReportRequest(replica: "r", pool: "", state: .ready, load: .infinity), "load is not a number from 0 up"),
        (ReportRequest(replica: "r", pool: "", state: .ready, load: -0.1), "load is not a number from 0 up"),
        (ReportRequest(replica: "r", pool: "", state: .ready, ttlMilliseconds: 86_400_001), "ttl_ms is above 86400000"),
    ])
    func `a report past a bound is refused by name`(report: ReportRequest, message: String) throws {
        let wire = try encoded { encoder, out throws(WireError) in try encoder.append(report, to: &out) }
        #expect(throws: WireError(.invalidArgument, message)) { try decoder.decodeReport(wire.span) }
    }

    @Test(arguments: ["1804", "18ffffffffffffffffff01"])
    func `a replica's state must be known`(state: String) throws {
        let wire = try unhex("0a0172" + state)
        #expect(throws: WireError(.invalidArgument, "state is not known")) { try decoder.decodeReport(wire.span) }
    }

    @Test func `a hello past a bound is refused by name, without the token`() throws {
        let long = Hello(token: String(repeating: "s", count: 1025))
        let wire = try encoded { encoder, out throws(WireError) in try encoder.append(long, to: &out) }
        #expect(throws: WireError(.invalidArgument, "token is longer than 1024 bytes")) {
            try decoder.decodeHello(wire.span)
        }
    }

    @Test func `a client's name past the bound is refused by name`() throws {
        let long = Hello(client: OtherMessageTests.tooLong)
        let wire = try encoded { encoder, out throws(WireError) in try encoder.append(long, to: &out) }
        #expect(throws: WireError(.invalidArgument, "client is longer than 128 bytes")) {
            try decoder.decodeHello(wire.span)
        }
    }

    @Test func `a response that is none is INTERNAL, its verdict must be known and its reason need not`() throws {
        let (cut, empty, later): ([UInt8], [UInt8], [UInt8]) = ([0x0A], [], [8, 2, 16, 99])
        #expect(throws: WireError(.internal, "message is no valid protobuf")) {
            try decoder.decodeCheckResponse(cut.span)
        }
        #expect(throws: WireError(.internal, "verdict is not known")) { try decoder.decodeCheckResponse(empty.span) }
        #expect(try decoder.decodeCheckResponse(later.span) == CheckResponse(verdict: .limited))
    }

    @Test func `requests of random bytes and mutations never trap and never grow the arena`() throws {
        var random = SeededRandom()
        let settle = SettleRequest(lease: [1, 2, 3], usage: [UnitAmount(unit: "tokens", amount: 812)], cancel: true)
        let report = ReportRequest(replica: "r", pool: "p", state: .ready, load: 1, ttlMilliseconds: 9)
        let seeds = try [
            encoded { encoder, out throws(WireError) in try encoder.append(settle, to: &out) },
            encoded { encoder, out throws(WireError) in
                let item = RenewRequest.Item(lease: settle.lease, usage: settle.usage)
                try encoder.append(RenewRequest(leases: [item, item]), to: &out)
            },
            encoded { encoder, out throws(WireError) in try encoder.append(report, to: &out) },
        ]
        for _ in 0..<4000 {
            let bytes = random.chance(20) ? random.bytes(0...64) : random.mutated(seeds[random.count(0...2)])
            _ = try? decoder.decodeSettle(bytes.span)
            _ = try? decoder.decodeRenew(bytes.span)
            _ = try? decoder.decodeReport(bytes.span)
            _ = try? decoder.decodeHello(bytes.span)
            _ = try? decoder.decodeHelloReply(bytes.span)
            _ = try? decoder.decodeFailure(bytes.span)
            _ = try? decoder.decodeCheckResponse(bytes.span)
            _ = try? decoder.decodeCheckManyResponse(bytes.span)
            _ = try? decoder.decodeRenewResponse(bytes.span)
        }
    }
}

@Suite struct ArenaTests {
    @Test func `a flood of empty fields is refused when the arena is full, and the next message is read`() throws {
        let decoder = MessageDecoder(arenaBytes: 1 << 16)
        let flood = [UInt8](repeatElement([0x7A, 0], count: 32_000).joined())
        #expect(throws: WireError(.invalidArgument, "message has too many parts")) {
            try decoder.decodeSettle(flood.span)
        }
        let good: [UInt8] = [0x0A, 1, 7]
        #expect(try decoder.decodeSettle(good.span) == SettleRequest(lease: [7]))
    }

    @Test func `an arena of any size ends a message cleanly`() throws {
        var wire: [UInt8] = []
        let usage = (0..<8).map { UnitAmount(unit: "unit \($0)", amount: $0) }
        let request = RenewRequest(leases: Array(repeating: .init(lease: [1, 2, 3], usage: usage), count: 20))
        try MessageEncoder().append(request, to: &wire)
        wire += [UInt8](repeatElement([0x7A, 1, 0], count: 40).joined())
        var fits = 0
        for size in stride(from: 0, through: 40_000, by: 61) {
            let decoded = try? MessageDecoder(arenaBytes: size).decodeRenew(wire.span)
            #expect(decoded == nil || decoded == request)
            if decoded != nil { fits += 1 }
        }
        #expect(fits > 0 && fits < 600)
    }

    @Test func `a message that is too large to encode is refused and leaves nothing`() {
        var out: [UInt8] = [1]
        #expect(throws: WireError(.resourceExhausted, "the message is too large")) {
            let request = SettleRequest(lease: Array(repeating: 0, count: 1000))
            try MessageEncoder(arenaBytes: 1000).append(request, to: &out)
        }
        #expect(out == [1])
    }

    @Test func `the largest honest messages fit`() throws {
        let item = RenewRequest.Item(
            lease: Array(repeating: 1, count: 60),
            usage: (0..<8).map { UnitAmount(unit: "unit\($0)", amount: $0) }
        )
        let renewal = RenewRequest(leases: Array(repeating: item, count: 256))
        var wire: [UInt8] = []
        try MessageEncoder().append(renewal, to: &wire)
        #expect(wire.count < WireBounds.requestFrame)
        #expect(try MessageDecoder().decodeRenew(wire.span) == renewal)

        var response = CheckResponse(verdict: .allowed)
        let state = LimitState(
            name: "n",
            limit: 1,
            remaining: 1,
            resetMilliseconds: 1,
            windowMilliseconds: 1,
            unit: "r"
        )
        response.limits = Array(repeating: state, count: Bounds.charges)
        var answer: [UInt8] = []
        answer.append(Array(repeating: response, count: Bounds.checks))
        let client = MessageDecoder(arenaBytes: MessageDecoder.responseArena)
        #expect(try client.decodeCheckManyResponse(answer.span).count == 256)
    }
}
