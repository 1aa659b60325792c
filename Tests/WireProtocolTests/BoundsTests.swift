import LimitCore
import Testing

@testable import WireProtocol

/// A request that breaks a bound, and what every dialect says to it.
struct BadCheck: CustomTestStringConvertible, Sendable {
    var message: String
    var request: CheckRequest

    var testDescription: String { message }

    init(_ message: String, _ change: (inout CheckRequest) -> Void) {
        self.message = message
        request = CheckRequest(client: "alice", route: "/predict")
        change(&request)
    }

    static let all: [BadCheck] = [
        BadCheck("client is empty") { $0.client = "" },
        BadCheck("client is longer than 512 bytes") { $0.client = long(513) },
        BadCheck("client contains a control character") { $0.client = "bob\0admin" },
        BadCheck("client contains a control character") { $0.client = "bob\r\n" },
        BadCheck("client contains a control character") { $0.client = "bob\u{7F}" },
        BadCheck("route is empty") { $0.route = "" },
        BadCheck("route is longer than 1024 bytes") { $0.route = long(1025) },
        BadCheck("route contains a control character") { $0.route = "/a\u{1B}" },
        BadCheck("tier is longer than 64 bytes") { $0.tier = long(65) },
        BadCheck("tier contains a control character") { $0.tier = "\t" },
        BadCheck("usage is longer than 64 bytes") { $0.usage = [long(65): 1] },
        BadCheck("usage has an empty unit") { $0.usage = ["": 1] },
        BadCheck("usage[tokens] is above 2^53 - 1") { $0.usage = ["tokens": 1 << 53] },
        BadCheck("usage[tokens] is above 2^53 - 1") { $0.usage = ["tokens": .max] },
        BadCheck("usage has more than 8 units") { for index in 0..<9 { $0.usage["u\(index)"] = 1 } },
        BadCheck("attributes key is longer than 64 bytes") { $0.attributes = [long(65): "v"] },
        BadCheck("attributes has an empty key") { $0.attributes = ["": "v"] },
        BadCheck("attributes[k] is longer than 256 bytes") { $0.attributes = ["k": long(257)] },
        BadCheck("attributes[k] contains a control character") { $0.attributes = ["k": "\0"] },
        BadCheck("attributes has more than 32 entries") { for index in 0..<33 { $0.attributes["k\(index)"] = "" } },
        BadCheck("limits[0].rate is longer than 64 bytes") { $0.limits = [.init(rate: long(65))] },
        BadCheck("limits[1].scope is longer than 64 bytes") {
            $0.limits = [.init(rate: "1/s"), .init(rate: "1/s", scope: long(65))]
        },
        BadCheck("limits[0].algorithm is longer than 64 bytes") {
            $0.limits = [.init(rate: "1/s", algorithm: long(65))]
        },
        BadCheck("limits[0].cost is above 2^53 - 1") { $0.limits = [.init(rate: "1/s", cost: .max)] },
        BadCheck("limits[0].burst is above 2^53 - 1") { $0.limits = [.init(rate: "1/s", burst: .max)] },
        BadCheck("limits has more than 8 entries") { $0.limits = Array(repeating: .init(rate: "1/s"), count: 9) },
    ]

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }
}

@Suite struct BoundsTests {
    @Test(arguments: BadCheck.all)
    func `a check past a bound is refused in the same words in every dialect`(bad: BadCheck) throws {
        #expect(protobufCheck(try protobuf(bad.request)) == invalid(bad.message))
        #expect(jsonCheck(json(bad.request)) == invalid(bad.message))
    }

    @Test func `a check at every bound is taken`() throws {
        var request = CheckRequest(
            client: String(repeating: "c", count: 512),
            route: String(repeating: "r", count: 1024)
        )
        request.tier = String(repeating: "t", count: 64)
        for index in 0..<8 { request.usage["\(index)" + String(repeating: "u", count: 63)] = (1 << 53) - 1 }
        for index in 10..<42 {
            request.attributes["\(index)" + String(repeating: "k", count: 62)] = String(repeating: "v", count: 256)
        }
        let word = String(repeating: "w", count: 64)
        let limit = CheckRequest.InlineLimit(rate: word, scope: word, algorithm: word, cost: 1 << 52, burst: 1 << 52)
        request.limits = Array(repeating: limit, count: 8)
        let expected = try ResolvedCheck(request)
        #expect(protobufCheck(try protobuf(request)) == .success(expected))
        #expect(jsonCheck(json(request)) == .success(expected))
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func `an identity that is no UTF-8 is refused in every dialect`(client: [UInt8]) {
        let wire = [0x0A, UInt8(client.count)] + client + [0x12, 1, 0x2F]
        #expect(protobufCheck(wire) == invalid("client is not valid UTF-8"))
        let body = Array(#"{"client":""#.utf8) + client + Array(#"","route":"/"}"#.utf8)
        let check = resolved(body) { body, questions throws(WireError) in
            try JSONRequests.decodeCheck(body, into: &questions)
        }
        #expect(check == invalid("body is not valid UTF-8"))
    }

    @Test func `identities that look alike stay apart, byte for byte`() throws {
        for client in ["e\u{301}", "\u{E9}", "a\u{202E}b", "{a}:*", "😀"] {
            let request = CheckRequest(client: client, route: "/")
            #expect(try protobufCheck(protobuf(request)).get().client == Array(client.utf8))
            #expect(try jsonCheck(json(request)).get().client == Array(client.utf8))
        }
    }

    @Test func `repeats of a unit or key count against its bound`() throws {
        let check = try unhex("0a0161120162")
        let usage = try unhex("1a050a01741001")
        let attribute = try unhex("22060a016b120176")
        func many(_ entry: [UInt8], _ count: Int) -> [UInt8] { Array(repeatElement(entry, count: count).joined()) }
        #expect(protobufCheck(check + many(usage, 8)).isSuccess)
        #expect(protobufCheck(check + many(usage, 9)) == invalid("usage has more than 8 units"))
        #expect(protobufCheck(check + many(attribute, 32)).isSuccess)
        #expect(protobufCheck(check + many(attribute, 33)) == invalid("attributes has more than 32 entries"))
    }
}

/// The request as JSON, every character that may be is escaped.
func json(_ request: CheckRequest) -> String {
    func quoted(_ text: String) -> String {
        let escaped = text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "\"\(escaped.joined())\""
    }
    let usage = request.usage.map { "\(quoted($0.key)):\($0.value)" }
    let attributes = request.attributes.map { "\(quoted($0.key)):\(quoted($0.value))" }
    let limits = request.limits.map { limit in
        let texts = #""rate":\#(quoted(limit.rate)),"scope":\#(quoted(limit.scope))"#
        let algorithm = #""algorithm":\#(quoted(limit.algorithm))"#
        return #"{\#(texts),\#(algorithm),"cost":"\#(limit.cost)","burst":\#(limit.burst)}"#
    }
    return """
        {"client":\(quoted(request.client)), "route":\(quoted(request.route)), "tier":\(quoted(request.tier)),
        "usage":{\(usage.joined(separator: ","))}, "attributes":{\(attributes.joined(separator: ","))},
        "limits":[\(limits.joined(separator: ","))], "peek":\(request.peek), "allLimits":\(request.allLimits)}
        """
}
