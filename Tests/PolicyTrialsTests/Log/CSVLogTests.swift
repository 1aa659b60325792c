import LimitCore
import Testing

@testable import PolicyTrials

@Suite struct `A CSV log` {
    private func call(_ line: Int, _ client: String, _ route: String = "/r") -> LoggedCall {
        LoggedCall(line: line, time: 5_000_000, client: client, route: route)
    }

    @Test func `gives calls by the names of its columns, in whatever order`() throws {
        let log = """
            attributes.model,status,tokens,route,tier,usage.images,client,time
            llama,200,812,/chat,gold,2,alice,2026-01-05T00:00:00Z
            ,500,,/chat,,,bob,1767571201

            """
        var alice = LoggedCall(line: 2, time: 1_767_571_200_000_000, client: "alice", route: "/chat", tier: "gold")
        alice.usage = ["tokens": 812, "images": 2]
        alice.attributes = ["model": "llama"]
        let bob = LoggedCall(line: 3, time: 1_767_571_201_000_000, client: "bob", route: "/chat")
        #expect(try calls(log) == [alice, bob])
    }

    @Test func `takes other names for its columns`() throws {
        var names = LogNames()
        try names.rename("api_key", to: "client")
        try names.rename("when", to: "time")
        try names.rename("llm", to: "attributes.model")
        let log = "when,api_key,client,route,llm\n5,alice,not me,/r,x\n"
        var alice = call(2, "alice")
        alice.attributes = ["model": "x"]
        #expect(try calls(log, names) == [alice])
        #expect(throws: LogProblem.self) { try names.rename("a", to: "banana") }
    }

    @Test(arguments: [
        ("time,client,route\r\n5,a,/r\r\n5,b,/r\r\n", ["a", "b"]),
        ("time,client,route\n5,a,/r\n5,b,/r", ["a", "b"]),
        ("time,client,route\n5,a,/r\r", ["a"]),
        ("\u{FEFF}time,client,route\n5,a,/r\n", ["a"]),
        ("\"time\",\"client\",route\n5,\"a,b\",/r\n", ["a,b"]),
        ("time,client,route\n5,\"a\"\"b\"\"\",/r\n", ["a\"b\""]),
        ("time,client,route\n5,a\"b,/r\n", ["a\"b"]),
        ("time,client,route\n\n5,a,/r\n\n\n5,b,/r\n\n", ["a", "b"]),
        ("time,client,route\n5,ä€🚲,/r\n", ["ä€🚲"]),
        ("time,client,route\n", []),
        ("time,client,route,note\n5,a,/r,\"two\nlines\"\n5,b,/r,\"\"\n", ["a", "b"]),
        ("time,client,route,note\n5,a,/r,\n5,b,/r,", ["a", "b"]),
    ])
    func `is read as RFC 4180 has it`(log: String, clients: [String]) throws {
        #expect(try calls(log).map(\.client) == clients)
        // The same in whatever pieces it comes.
        for piece in 1...7 {
            #expect(try calls(PiecemealLog(log, piece: piece)) == calls(log), "pieces of \(piece)")
        }
    }

    @Test func `counts the lines inside of quotes`() throws {
        let log = "time,client,route,note\n5,a,/r,\"1\n2\n\n3\"\n5,b,/r,x\n"
        #expect(try calls(log).map(\.line) == [2, 6])
    }

    @Test(arguments: [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("client,route\n", "1: the header has no column \"time\""),
        ("time,key,route\n", "1: the header has no column \"client\"; name one of: key"),
        ("time,client,client,route\n", "1: the column \"client\" is there twice"),
        ("time,timestamp,client,route\n", "1: the column \"timestamp\" is there twice"),
        ("time,client,route\n5,a\n", "2: has 2 fields, the header 3"),
        ("time,client,route\n5,a,/r\n5,,/r\n", "3: client is empty"),
        (
            "time,client,route\nnow,a,/r\n",
            "2: time \"now\" is neither RFC 3339 with a zone (2026-01-05T09:30:00Z) nor Unix time"
        ),
        ("time,client,route\n,a,/r\n", "2: time is empty"),
        ("time,client,route,tokens\n5,a,/r,1.5\n", "2: usage[tokens] is no whole number"),
        ("time,client,route,tokens\n5,a,/r,9007199254740992\n", "2: usage[tokens] is above 2^53 - 1"),
        ("time,client,route,tokens\n5,a,/r,99999999999999999999\n", "2: usage[tokens] is no whole number"),
        ("time,client,route\n5,\"a\"b,/r\n", "2: a quoted field goes on after its closing quote"),
        ("time,client,route\n5,\"a,/r\n5,b,/r\n", "2: a quote is opened and not closed"),
        ("time,client,route\n5,a\u{1},/r\n", "2: client contains a control character"),
    ])
    func `names what is wrong and in which line`(log: String, expected: String) {
        #expect(problem(log) == expected)
    }

    @Test func `is refused where it is compressed, or a line is too long to be one`() {
        #expect(throws: LogProblem("is compressed; pipe it in: zcat LOG | ... -")) {
            _ = try calls(PiecemealLog([0x1F, 0x8B, 0x08, 0x00]))
        }
        let long = "time,client,route\n5,a,/r\n5,\(String(repeating: "x", count: 1 << 20)),/r\n"
        #expect(problem(long) == "3: is longer than 1 MiB")
    }
}

@Suite struct `A time in a log` {
    private func parse(_ text: String) -> Microseconds? { LogTime.parse(text.utf8.span) }

    @Test(arguments: [
        ("1767571200", 1_767_571_200_000_000), ("1767571200.25", 1_767_571_200_250_000),
        ("1767571200250", 1_767_571_200_250_000), ("1767571200250.5", 1_767_571_200_250_500),
        ("1767571200250123", 1_767_571_200_250_123), ("0", 0), ("5.0000009", 5_000_000),
        ("2026-01-05T00:00:00Z", 1_767_571_200_000_000),
    ])
    func `is RFC 3339 or Unix time`(text: String, time: Microseconds) {
        #expect(parse(text) == time)
    }

    @Test(arguments: [
        "", "x", "-5", "1e9", "5.", ".5", "5.x", "5 ", "2026-01-05 00:00:00", "999999999999999999999999",
        "100000000000000000",
    ])
    func `is refused where it is neither`(text: String) {
        #expect(parse(text) == nil)
    }
}
