import LimitCore
import Testing

@testable import WireProtocol

/// The hand-made code of the two hot messages, held against libprotobuf-c.
@Suite struct CheckCodecTests {
    private let reference = ReferenceCodec()

    private func referenceCheck(_ bytes: [UInt8]) -> Result<ResolvedCheck, WireError> {
        resolved(bytes) { payload, questions throws(WireError) in
            try reference.decodeCheck(payload, into: &questions)
        }
    }

    /// Both accept the bytes and find the same, or both refuse them.
    private func expectAlike(_ bytes: [UInt8], _ comment: Comment) {
        let ours = protobufCheck(bytes)
        // libprotobuf-c takes any wire type for a bool. We refuse it, as it refuses that for every other type.
        let strict = ["peek has the wrong wire type", "all_limits has the wrong wire type"]
        if let error = ours.failure, strict.contains(error.message) { return }
        switch (ours, referenceCheck(bytes)) {
        case (.success(let a), .success(let b)): #expect(a == b, comment)
        case (.failure(let a), .failure(let b)): #expect(a.code == b.code, comment)
        default: Issue.record("one takes and one refuses \(hex(bytes)), \(comment)")
        }
    }

    @Test func `random requests decode as libprotobuf-c has them`() throws {
        var random = SeededRandom()
        for _ in 0..<3000 {
            let request = random.request()
            let bytes = try protobuf(request)
            let check = try protobufCheck(bytes).get()
            #expect(try check == ResolvedCheck(request), "seed \(random.seed)")
            expectAlike(bytes, "seed \(random.seed)")
        }
    }

    @Test func `mutated requests are taken and refused as by libprotobuf-c`() throws {
        var random = SeededRandom()
        var taken = 0
        for _ in 0..<20_000 {
            let bytes = random.mutated(try protobuf(random.request()))
            expectAlike(bytes, "seed \(random.seed)")
            if protobufCheck(bytes).isSuccess { taken += 1 }
        }
        // Otherwise the mutations are too mild or too wild to show anything.
        #expect((500...19_500).contains(taken), "\(taken) of 20,000 were taken")
    }

    @Test func `random fields are taken and refused as by libprotobuf-c`() {
        var random = SeededRandom()
        for _ in 0..<20_000 {
            var bytes: [UInt8] = [0x0A, 1, 0x61, 0x12, 1, 0x62]
            for _ in 0..<random.count(1...6) {
                bytes += random.chance(90) ? [UInt8(random.count(0...80))] : random.bytes(0...6)
                bytes += random.chance(70) ? [UInt8(random.count(0...4))] + random.bytes(0...4) : random.bytes(0...12)
            }
            expectAlike(bytes, "seed \(random.seed)")
        }
    }

    @Test(arguments: [
        "", "00", "0000", "8000", "07", "0b0c", "0f", "0a", "0a05616c", "0aff", "0affffffffffffffffff01",
        "0a8080808001", "0a8080808000", "0a8000", "808080808000", "80808080800000", "808080801000", "8a8080800001",
        "8a800001",
        "0a01611201621affffffff07", "38ffffffffffffffffff01", "38ffffffffffffffffff7f", "38ffffffffffffffffffff01",
        "3880808080808080808002", "0a0161120162388080808080808080807e", "09", "0900000000000000", "0d000000",
        "3a0100", "0801", "1a00", "1a020801", "1a0410011001", "1a021005", "220412021201", "3200", "32020801",
        "320420ff01", "320120",
    ])
    func `hostile bytes are taken and refused as by libprotobuf-c`(text: String) throws {
        let bytes = try unhex(text)
        expectAlike(bytes, "alone")
        expectAlike(try unhex("0a0161120162") + bytes, "after a good check")
        expectAlike(bytes + (try unhex("0a0161120162")), "before a good check")
    }

    @Test func `a message cut at any byte is taken and refused as by libprotobuf-c`() throws {
        var request = CheckRequest(client: "alice", route: "/predict")
        request.usage = ["tokens": 812]
        request.attributes = ["model": "llama"]
        request.limits = [.init(rate: "10/minute", cost: 300)]
        request.peek = true
        let bytes = try protobuf(request)
        for count in 0..<bytes.count { expectAlike(Array(bytes[..<count]), "cut at \(count)") }
    }

    @Test func `random responses are the same bytes as libprotobuf-c packs`() throws {
        var random = SeededRandom()
        let decoder = MessageDecoder()
        for _ in 0..<3000 {
            let response = random.response()
            var ours: [UInt8] = []
            ours.append(response)
            var theirs: [UInt8] = []
            try reference.append(response, to: &theirs)
            #expect(ours == theirs, "seed \(random.seed)")
            #expect(try decoder.decodeCheckResponse(ours.span) == response, "seed \(random.seed)")
        }
    }

    @Test func `scalars given twice count once, the last`() throws {
        let first = CheckRequest(client: "mallory\u{7}", route: String(repeating: "x", count: 2000))
        var second = CheckRequest(client: "alice", route: "/a")
        second.tier = "gold"
        let check = try protobufCheck(protobuf(first) + protobuf(second)).get()
        #expect(try check == ResolvedCheck(second))
    }

    @Test func `the last amount of a unit and the last value of a key count`() throws {
        var first = CheckRequest(client: "alice", route: "/a")
        first.usage = ["tokens": 1]
        first.attributes = ["model": "small"]
        var second = first
        second.usage = ["tokens": 2]
        second.attributes = ["model": "large"]
        let check = try protobufCheck(protobuf(first) + protobuf(second)).get()
        #expect(try check == ResolvedCheck(second))
    }
}
