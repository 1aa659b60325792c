import LimitCore
import Testing

@testable import WireProtocol

@Suite struct JSONTests {
    private func check(_ members: String) -> Result<ResolvedCheck, WireError> {
        jsonCheck(#"{"client":"a","route":"b"\#(members)}"#)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "{]", #"{"client"}"#, #"{"client":}"#, #"{"client":"a",}"#,
        #"{"client":"a" "route":"b"}"#, #"{,}"#, #"{client:"a"}"#, #"{'client':'a'}"#, #"{"client":"a"#,
        #"{"client":"a\"#, #"{"client":"\x41"}"#,
        #"{"client":"\u12"}"#, #"{"client":"\u12G4"}"#, #"{"client":"\ud800"}"#, #"{"client":"\udc00"}"#,
        #"{"client":"\ud800\u0041"}"#, #"{"client":"\ud800\ud800"}"#, "{\"client\":\"a\nb\"}", "{\"client\":\"a\0b\"}",
        #"{"client":"a","route":"b"} x"#, #"{"client":"a","route":"b"}{}"#, #"{"client":"a","route":"b"},"#,
        "\u{FEFF}{}", "// no\n{}",
    ])
    func `what is no JSON is refused with its place`(text: String) {
        let message = jsonCheck(text).failure?.message
        #expect(message?.hasPrefix("body is no valid JSON at byte ") == true || message == "check is no object")
    }

    @Test(arguments: [
        ("null", "check is no object"), ("[]", "check is no object"), ("1", "check is no object"),
        (#"{"client":1}"#, "client is no string"), (#"{"client":["a"]}"#, "client is no string"),
        (#"{"client":"a","client":"a"}"#, "check has field 'client' twice"),
        (#"{"all_limits":true,"allLimits":true}"#, "all_limits is there twice"),
        (#"{"cliEnt":"a"}"#, "field 'cliEnt' is not known"), (#"{"Client":"a"}"#, "field 'Client' is not known"),
        (#"{"user":null}"#, "field 'user' is not known"), (#"{"\n<":1}"#, "field '?<' is not known"),
        (#"{"peek":1}"#, "peek is no boolean"), (#"{"peek":"true"}"#, "peek is no boolean"),
        (#"{"usage":[]}"#, "usage is no object"), (#"{"usage":{"t":true}}"#, "usage is no number"),
        (#"{"usage":{"t":null}}"#, "usage is no number"), (#"{"usage":{"t":1,"t":2}}"#, "usage has field 't' twice"),
        (#"{"usage":{"t":1,"\u0074":2}}"#, "usage has field 't' twice"),
        (#"{"attributes":{"k":null}}"#, "attributes is no string"), (#"{"limits":{}}"#, "limits is no array"),
        (#"{"limits":[null]}"#, "limits[0] is no object"),
        (#"{"limits":[{},{"rate":1}]}"#, "limits[1].rate is no string"),
        (#"{"limits":[{"cost":-1}]}"#, "limits[0].cost is no whole number from 0 to 2^64 - 1"),
    ])
    func `a value of the wrong kind is refused by name`(text: String, message: String) {
        #expect(jsonCheck(text) == invalid(message))
    }

    @Test(arguments: [
        ("0", 0 as Int64), ("-0", 0), ("7", 7), ("\"7\"", 7), ("1e3", 1000), ("1E+3", 1000), ("\"1e3\"", 1000),
        ("1.0", 1), ("1.50e1", 15), ("1200e-2", 12), ("0e999999999999", 0), ("0.000", 0),
        ("9007199254740991", 9_007_199_254_740_991),
    ])
    func `whole numbers are taken in every notation that proto3 takes`(text: String, amount: Int64) throws {
        #expect(try check(#","usage":{"t":\#(text)}"#).get().usage == [Array("t".utf8): amount])
    }

    @Test(arguments: [
        "-1", "1.5", "1e-1", "18446744073709551616", "1e20", "1e999999999999999999999", "\"-1\"", "\"1.5\"",
    ])
    func `numbers that are no uint64 are refused`(text: String) {
        #expect(check(#","usage":{"t":\#(text)}"#) == invalid("usage is no whole number from 0 to 2^64 - 1"))
    }

    @Test(arguments: ["\"\"", "\" 1\"", "\"1 \"", "\"0x10\"", "\"1e\"", "\"+1\"", "\"NaN\"", "true", "[]"])
    func `what is no number is refused`(text: String) {
        #expect(check(#","usage":{"t":\#(text)}"#) == invalid("usage is no number"))
    }

    @Test(arguments: ["01", "1.", "1e", "1.e3", "1x", "- 1", "0x10", "NaN", "+1", ".5", ","])
    func `half a number is refused`(text: String) {
        let message = check(#","usage":{"t":\#(text)}"#).failure?.message ?? ""
        #expect(message.hasPrefix("body is no valid JSON") || message == "usage is no number")
    }

    @Test func `null is as no field`() throws {
        let members = #","tier":null,"usage":null,"limits":null,"peek":null,"allLimits":null"#
        #expect(try check(members).get() == ResolvedCheck(CheckRequest(client: "a", route: "b")))
        #expect(jsonCheck(#"{"client":null,"route":"b"}"#) == invalid("client is empty"))
    }

    @Test func `both spellings of a name and any white space are taken`() throws {
        var request = CheckRequest(client: "a", route: "b")
        request.allLimits = true
        #expect(try check(#", "all_limits" : true "#).get() == ResolvedCheck(request))
        #expect(try check(",\t\"allLimits\"\r\n:\ttrue\n").get() == ResolvedCheck(request))
    }

    @Test func `deep nesting is refused at the first bracket that does not belong there`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(check(#","limits":\#(deep)"#) == invalid("limits[0] is no object"))
        #expect(check(#","usage":\#(deep)"#) == invalid("usage is no object"))
    }

    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zg", "f"), ("Zm8=", "fo"), ("Zm8", "fo"), ("Zm9v", "foo"),
        ("-_-_", "\u{FB}\u{FF}\u{BF}"), ("+/+/", "\u{FB}\u{FF}\u{BF}"),
    ])
    func `base64 is taken in both alphabets, padded or not`(text: String, bytes: String) {
        #expect(Base64.decode(Array(text.utf8)) == bytes.unicodeScalars.map { UInt8($0.value) })
    }

    @Test(arguments: ["Z", "Zg=", "Zh==", "Zg===", "Z===", "====", "Zm9v=", "Zm 9v", "Zm9v\n", "Zm=v", "Zm9"])
    func `base64 with a wrong length, padding or left-over bits is refused`(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }

    @Test func `bytes survive base64`() {
        var random = SeededRandom()
        for _ in 0..<500 {
            let bytes = random.bytes(0...40)
            var text: [UInt8] = []
            Base64.encode(bytes, to: &text)
            #expect(Base64.decode(text) == bytes, "seed \(random.seed)")
        }
    }

    @Test(arguments: [
        (#"{}"#, "lease is empty"), (#"{"lease":""}"#, "lease is empty"), (#"{"lease":"*"}"#, "lease is no base64"),
        (#"{"lease":"\#(String(repeating: "AAAA", count: 342))"}"#, "lease is longer than 1024 bytes"),
        (#"{"lease":"\#(String(repeating: "AAAA", count: 20_000))"}"#, "lease is longer than 1024 bytes"),
        (#"{"lease":"AA","usage":{"t":9007199254740992}}"#, "usage[t] is above 2^53 - 1"),
        (#"{"lease":"AA","cancel":0}"#, "cancel is no boolean"),
    ])
    func `a settle past a bound is refused by name`(text: String, message: String) {
        #expect(throws: WireError(.invalidArgument, message)) { try JSONRequests.decodeSettle(Array(text.utf8).span) }
    }

    @Test(arguments: [
        (#"{"replica":"r","state":"READY"}"#, "state is not known"),
        (#"{"replica":"r","state":9}"#, "state is not known"),
        (#"{"replica":"r","state":4294967298}"#, "state is not known"),
        (#"{"replica":"r","load":"NaN"}"#, "load is no number"),
        (#"{"replica":"r","load":1e999}"#, "load is no finite number"),
        (#"{"replica":"r","load":-1}"#, "load is not a number from 0 up"),
        (#"{"replica":"r","ttl_ms":86400001}"#, "ttl_ms is above 86400000"), (#"{}"#, "replica is empty"),
    ])
    func `a report past a bound is refused by name`(text: String, message: String) {
        #expect(throws: WireError(.invalidArgument, message)) { try JSONRequests.decodeReport(Array(text.utf8).span) }
    }

    @Test func `an enum is taken by name and by number`() throws {
        for state in [#""REPLICA_STATE_DRAINING""#, "3", "3.0"] {
            let body = #"{"replica":"r","state":\#(state),"ttlMs":"5","load":"0.5"}"#
            let report = try JSONRequests.decodeReport(Array(body.utf8).span)
            #expect(report == ReportRequest(replica: "r", pool: "", state: .draining, load: 0.5, ttlMilliseconds: 5))
        }
    }

    @Test func `a failure is an object with an error, every character escaped that must be`() {
        var out: [UInt8] = []
        JSONResponses.append(WireError(.invalidArgument, "a\"b\\c\n\u{1F}\u{0}é"), to: &out)
        #expect(String(copying: out.span) == #"{"error":"a\"b\\c\u000a\u001f\u0000é"}"#)
    }

    @Test func `what is written comes after what is there`() {
        var out = Array("HTTP ".utf8)
        JSONResponses.append(SettleResponse(settled: true), to: &out)
        #expect(String(copying: out.span) == #"HTTP {"settled":true}"#)
    }

    @Test func `random requests read the same from JSON and from protobuf`() throws {
        var random = SeededRandom()
        for _ in 0..<1000 {
            let request = random.request()
            #expect(jsonCheck(json(request)) == protobufCheck(try protobuf(request)), "seed \(random.seed)")
        }
    }

    @Test func `mutated documents never trap`() {
        var random = SeededRandom()
        for _ in 0..<5000 {
            let bytes = random.mutated(Array(json(random.request()).utf8))
            _ = resolved(bytes) { body, questions throws(WireError) in
                try JSONRequests.decodeCheck(body, into: &questions)
            }
            _ = try? JSONRequests.decodeRenew(bytes.span)
            _ = try? JSONRequests.decodeReport(bytes.span)
        }
    }
}
