import LimitCore
import Testing

@testable import WireProtocol

@Suite struct CheckManyTests {
    private let decoder = MessageDecoder()

    private func checks(_ count: Int) -> [CheckRequest] {
        (0..<count).map { CheckRequest(client: "client \($0)", route: "/") }
    }

    private func protobuf(_ requests: [CheckRequest]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try MessageEncoder().append(requests, to: &bytes)
        return bytes
    }

    private func body(_ requests: [CheckRequest]) -> [UInt8] {
        Array(#"{"checks":[\#(requests.map(json).joined(separator: ","))]}"#.utf8)
    }

    @Test(arguments: [1, 2, 256])
    func `up to 256 checks are taken, in order, behind those that are there`(count: Int) throws {
        var (a, b) = (Questions(), Questions())
        _ = try a.append(CheckRequest(client: "first", route: "/"))
        _ = try b.append(CheckRequest(client: "first", route: "/"))
        let (wire, json) = (try protobuf(checks(count)), body(checks(count)))
        #expect(try decoder.decodeCheckMany(wire.span, into: &a) == 1..<count + 1)
        #expect(try JSONRequests.decodeCheckMany(json.span, into: &b) == 1..<count + 1)
        let last = try ResolvedCheck(CheckRequest(client: "client \(count - 1)", route: "/"))
        #expect(ResolvedCheck(a, count) == last && ResolvedCheck(b, count) == last)
    }

    @Test func `no check and more than 256 are refused`() throws {
        var questions = Questions()
        for (requests, message) in [([], "checks is empty"), (checks(257), "checks has more than 256 items")] {
            let (wire, json) = (try protobuf(requests), body(requests))
            let error = WireError(.invalidArgument, message)
            #expect(throws: error) { try decoder.decodeCheckMany(wire.span, into: &questions) }
            #expect(throws: error) { try JSONRequests.decodeCheckMany(json.span, into: &questions) }
        }
        #expect(questions.checks.isEmpty)
    }

    @Test(arguments: BadCheck.all)
    func `a broken check takes back the whole message and is named`(bad: BadCheck) throws {
        var questions = Questions()
        _ = try questions.append(CheckRequest(client: "first", route: "/"))
        let requests = checks(3) + [bad.request] + checks(2)
        let error = WireError(.invalidArgument, "checks[3].\(bad.message)")
        let (wire, json) = (try protobuf(requests), body(requests))
        #expect(throws: error) { try decoder.decodeCheckMany(wire.span, into: &questions) }
        #expect(throws: error) { try JSONRequests.decodeCheckMany(json.span, into: &questions) }
        #expect(questions.checks.count == 1 && questions.usages.isEmpty && questions.attributes.isEmpty)
        #expect(questions.inlineLimits.isEmpty)
    }

    @Test func `unknown fields are skipped and a broken end takes everything back`() throws {
        var questions = Questions()
        let good = try protobuf(checks(2))
        let (ahead, group, number) = (try unhex("1205aabbccddee1801") + good, good + [0x0B], good + [0x08, 1])
        #expect(try decoder.decodeCheckMany(ahead.span, into: &questions) == 0..<2)
        #expect(throws: WireError(.invalidArgument, "message is no valid protobuf")) {
            try decoder.decodeCheckMany(group.span, into: &questions)
        }
        #expect(throws: WireError(.invalidArgument, "checks has the wrong wire type")) {
            try decoder.decodeCheckMany(number.span, into: &questions)
        }
        #expect(questions.checks.count == 2)
    }
}
