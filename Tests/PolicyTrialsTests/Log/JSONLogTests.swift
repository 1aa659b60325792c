import LimitCore
import Testing

@testable import PolicyTrials

@Suite struct `A log of JSON lines` {
    @Test func `gives calls, with usage and attributes as objects or by dotted names`() throws {
        let log = """
            {"time":"2026-01-05T00:00:00Z","client":"alice","route":"/chat","usage":{"tokens":812},"attributes":{"model":"llama","stream":true,"n":3}}
            {"time":1767571200.5,"client":"al\\u0069ce","route":"/chat","tier":"gold","tokens":5,"attributes.model":"x","status":200,"deep":{"a":{"b":[1,{"c":null}]}}}

            {"ts":1767571201000,"client":"bob","route":"/r","tier":null,"usage":null}
            """
        var first = LoggedCall(line: 1, time: 1_767_571_200_000_000, client: "alice", route: "/chat")
        first.usage = ["tokens": 812]
        first.attributes = ["model": "llama", "stream": "true", "n": "3"]
        var second = LoggedCall(line: 2, time: 1_767_571_200_500_000, client: "alice", route: "/chat", tier: "gold")
        second.usage = ["tokens": 5]
        second.attributes = ["model": "x"]
        let third = LoggedCall(line: 4, time: 1_767_571_201_000_000, client: "bob", route: "/r")
        #expect(try calls(log) == [first, second, third])
        for piece in [1, 2, 5, 100] { #expect(try calls(PiecemealLog(log, piece: piece)) == [first, second, third]) }
    }

    @Test func `takes other names for its members, and tells which it did not use`() throws {
        var names = LogNames()
        try names.rename("key", to: "client")
        let log = PiecemealLog("{\"time\":5,\"key\":\"a\",\"route\":\"/r\",\"status\":200}\r\n")
        let open = try RequestLogs.open(LogBuffer { log.fill($0) }, names)
        #expect(try open.next() == 5_000_000)
        #expect(open.unusedNames == ["status"])
    }

    @Test(arguments: [
        ("{\"time\":5,\"client\":\"a\"}", "1: route is empty"),
        ("{\"client\":\"a\",\"route\":\"/r\"}", "1: time is empty"),
        ("{\"time\":5,\"client\":\"a\",\"route\":\"/r\"}\n{", "2: is no valid JSON at byte 1"),
        ("{\"time\":5,\"client\":\"a\",\"route\":\"/r\"} x", "1: is no valid JSON at byte 37"),
        ("{\"time\":5,\"client\":\"a\",\"client\":\"b\",\"route\":\"/r\"}", "1: line has field 'client' twice"),
        (
            "{\"time\":5,\"client\":\"a\",\"route\":\"/r\",\"usage\":{\"tokens\":1.5}}",
            "1: usage[tokens] is no whole number"
        ),
        ("{\"time\":5,\"client\":\"a\",\"route\":\"/r\",\"x\":nul}", "1: is no valid JSON at byte 40"),
        (
            "{\"time\":5,\"client\":\"a\",\"route\":\"/r\",\"x\":\(String(repeating: "[", count: 100))}",
            "1: line is nested deeper than 64 levels"
        ),
    ])
    func `names what is wrong and in which line`(log: String, expected: String) {
        #expect(problem(log) == expected)
    }
}
