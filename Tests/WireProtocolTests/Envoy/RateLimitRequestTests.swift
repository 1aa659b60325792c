import LimitCore
import Testing

@testable import WireProtocol

private typealias Bytes = RateLimitBytes

/// What becomes of the bytes of Envoy's requests.
@Suite struct RateLimitRequestTests {
    private func decode(_ bytes: [UInt8], into questions: inout Questions) throws(WireError) -> Int {
        try MessageDecoder().decodeRateLimit(bytes.span, into: &questions)
    }

    private func attributes(_ check: Int, _ questions: Questions) -> [String: String] {
        let pairs = questions.attributes[questions.checks[check].attributes]
            .map { (questions.string($0.key), questions.string($0.value)) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test func `entries, domain and shape are the attributes of each descriptor`() throws {
        var questions = Questions()
        let bytes = Bytes.request(
            domain: "edge",
            Bytes.descriptor(Bytes.entry("api_key", "alice"), Bytes.entry("path", "")),
            Bytes.descriptor(Bytes.entry("model", "llama"))
        )
        #expect(try decode(bytes, into: &questions) == 2)
        #expect(
            attributes(0, questions) == [
                "api_key": "alice", "path": "", "domain": "edge", "descriptor": "api_key,path",
            ]
        )
        #expect(attributes(1, questions) == ["model": "llama", "domain": "edge", "descriptor": "model"])
    }

    @Test func `no entry can pass for the domain or the shape, and of equal keys the last counts`() throws {
        var questions = Questions()
        let bytes = Bytes.request(
            Bytes.descriptor(
                Bytes.entry("domain", "mine"),
                Bytes.entry("descriptor", "mine"),
                Bytes.entry("a", "1"),
                Bytes.entry("a", "2")
            )
        )
        _ = try decode(bytes, into: &questions)
        #expect(attributes(0, questions) == ["domain": "d", "descriptor": "domain,descriptor,a,a", "a": "2"])
    }

    @Test func `the amount is the descriptor's own, else the request's, else 1`() throws {
        var questions = Questions()
        let one = Bytes.entry("a", "b")
        let descriptors = [
            Bytes.descriptor(one), Bytes.descriptor(one, rest: Bytes.hits(0)),
            Bytes.descriptor(one, rest: Bytes.hits(9)),
            Bytes.descriptor(one, rest: Bytes.hits(UInt64(Amount.max))),
            // Two parts of one message are merged.
            Bytes.descriptor(one, rest: Bytes.hits(9) + ProtoBytes.field(3, [])),
        ].flatMap { $0 }
        // What holds for all may come last.
        _ = try decode(descriptors + ProtoBytes.field(3, 5) + ProtoBytes.field(1, "d"), into: &questions)
        #expect(questions.checks.map(\.hits) == [5, 0, 9, Amount.max, 9])
        for none in [[], ProtoBytes.field(3, 0)] {
            questions.removeAll()
            _ = try decode(Bytes.request(Bytes.descriptor(one), rest: none), into: &questions)
            #expect(questions.checks.map(\.hits) == [1])
        }
    }

    @Test(
        arguments: [
            (1, "second"), (2, "minute"), (3, "hour"), (4, "day"), (5, "calendar month"), (6, "calendar year"),
            (7, "week"),
        ] as [(UInt64, String)]
    )
    func `a limit that comes along has a unit of time`(unit: UInt64, period: String) throws {
        var questions = Questions()
        let bytes = Bytes.descriptor(Bytes.entry("a", "b"), rest: Bytes.limit(4_294_967_295, unit: unit))
        _ = try decode(Bytes.request(bytes), into: &questions)
        let limit = try #require(questions.inlineLimits.first)
        #expect(limit.isOverride && questions.string(limit.rate) == "4294967295 per \(period)")
    }

    @Test func `negative hits are below zero, and of two answers the last counts`() throws {
        var questions = Questions()
        let one = Bytes.entry("a", "b")
        let negative = ProtoBytes.field(4, 1)
        let bytes = Bytes.request(
            Bytes.descriptor(one, rest: ProtoBytes.field(4, 0)),
            Bytes.descriptor(one, rest: negative),
            Bytes.descriptor(one, rest: negative + Bytes.hits(9)),
            Bytes.descriptor(one, rest: negative + Bytes.hits(0)),
            Bytes.descriptor(one, rest: negative + Bytes.hits(UInt64(Amount.max))),
            Bytes.descriptor(one, rest: negative + ProtoBytes.field(4, 0)),
            rest: ProtoBytes.field(3, 5)
        )
        _ = try decode(bytes, into: &questions)
        #expect(questions.checks.map(\.hits) == [5, -5, -9, 0, -Amount.max, 5])
    }

    static let broken: [(bytes: [UInt8], message: String)] = {
        let fine = Bytes.descriptor(Bytes.entry("a", "b"))
        func second(_ parts: [UInt8]...) -> [UInt8] {
            Bytes.request(fine, ProtoBytes.field(2, parts.flatMap { $0 }))
        }
        let long = { String(repeating: "x", count: $0) }
        let entries = (0..<31).flatMap { Bytes.entry("k\($0)", "") }
        let wide = (0..<5).flatMap { Bytes.entry("\($0)" + long(51), "") }
        return [
            (Bytes.request(domain: "", fine), "domain is empty"),
            (fine, "domain is empty"),
            (Bytes.request(domain: long(257), fine), "domain is longer than 256 bytes"),
            (Bytes.request(domain: "a\0b", fine), "domain contains a control character"),
            (Bytes.request(), "descriptors is empty"),
            (Bytes.request(Array(repeating: fine, count: 33).flatMap { $0 }), "descriptors has more than 32 items"),
            (second(), "descriptors[1].entries is empty"),
            (second(Bytes.entry("", "v")), "descriptors[1].entries[0].key is empty"),
            (second(Bytes.entry(long(65), "v")), "descriptors[1].entries[0].key is longer than 64 bytes"),
            (
                second(Bytes.entry("k", "v"), Bytes.entry("l", long(257))),
                "descriptors[1].entries[1].value is longer than 256 bytes"
            ),
            (second(Bytes.entry("k", "a\nb")), "descriptors[1].entries[0].value contains a control character"),
            (
                second(ProtoBytes.field(1, ProtoBytes.field(1, "k") + ProtoBytes.field(2, [0xFF]))),
                "descriptors[1].entries[0].value is not valid UTF-8"
            ),
            (
                second(ProtoBytes.field(1, ProtoBytes.field(1, 7))),
                "descriptors[1].entries[0].key has the wrong wire type"
            ),
            (second(entries), "descriptors[1].entries has more than 30 items"),
            (second(wide), "descriptors[1].entries have keys of more than 256 bytes in all"),
            (
                second(Bytes.entry("k", "v"), Bytes.limit(10, unit: 0)),
                "descriptors[1].limit.unit is not SECOND, MINUTE, HOUR, DAY, WEEK, MONTH or YEAR"
            ),
            (
                second(Bytes.entry("k", "v"), ProtoBytes.field(2, [])),
                "descriptors[1].limit.unit is not SECOND, MINUTE, HOUR, DAY, WEEK, MONTH or YEAR"
            ),
            (
                second(Bytes.entry("k", "v"), Bytes.limit(10, unit: 1 << 32 | 2)),
                "descriptors[1].limit.unit is not SECOND, MINUTE, HOUR, DAY, WEEK, MONTH or YEAR"
            ),
            (
                second(Bytes.entry("k", "v"), Bytes.hits(1 << 53)),
                "descriptors[1].hits_addend is above 2^53 - 1"
            ),
            (Bytes.request(fine, rest: [0x0A]), "message is no valid protobuf"),
            (
                Bytes.request(fine, rest: ProtoBytes.field(15, Array(repeating: 0, count: 16 << 10))),
                "message is longer than 16384 bytes"
            ),
        ]
    }()

    @Test(arguments: broken.indices)
    func `what breaks a bound is named, and nothing of it is kept`(index: Int) throws {
        var questions = Questions()
        _ = try questions.append(CheckRequest(client: "alice", route: "/x"))
        let before = (questions.attributes.count, questions.inlineLimits.count, questions.checks.count)
        let (bytes, message) = Self.broken[index]
        #expect(throws: WireError(.invalidArgument, message)) { try decode(bytes, into: &questions) }
        #expect((questions.attributes.count, questions.inlineLimits.count, questions.checks.count) == before)
    }

    @Test func `no bytes stop the daemon`() throws {
        var random = SeededRandom()
        let one = Bytes.entry("api_key", "alice")
        let whole = Bytes.request(
            Bytes.descriptor(one, Bytes.entry("path", "/x"), rest: Bytes.limit(7, unit: 2) + Bytes.hits(3)),
            Bytes.descriptor(one, rest: ProtoBytes.field(4, 1)),
            rest: ProtoBytes.field(3, 2)
        )
        var questions = Questions()
        var refused = 0
        for _ in 0..<20_000 {
            let bytes = random.mutated(whole)
            questions.removeAll()
            do throws(WireError) {
                let count = try decode(bytes, into: &questions)
                #expect(questions.checks.count == count)
            } catch {
                refused += 1
                #expect(questions.checks.isEmpty && questions.attributes.isEmpty && questions.inlineLimits.isEmpty)
                #expect(error.code == .invalidArgument)
            }
        }
        #expect(refused > 1000 && refused < 20_000)
    }
}
