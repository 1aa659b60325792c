import LimitCore
import RedisStore
import Synchronization
import Testing

/// Replies that no server should send: the link is replaced, the check is answered as unknown, nothing crashes.
@Suite(.timeLimit(.minutes(2)))
struct BadReplyTests {
    static let limit = Limit(.tokenBucket, count: 100, window: 60_000_000)

    static let replies: [(String, String)] = [
        ("unasked for", "*6\r\n$-1\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$0\r\n\r\n$0\r\n\r\n+OK\r\n"),
        ("a status", "+OK\r\n"),
        ("an integer", ":1\r\n"),
        ("nothing", "$-1\r\n"),
        ("an empty array", "*0\r\n"),
        ("too short an array", "*3\r\n$-1\r\n$1\r\n1\r\n$1\r\n1\r\n"),
        ("integers for states", "*6\r\n:1\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$0\r\n\r\n$0\r\n\r\n"),
        ("a state that is none", "*6\r\n$3\r\nabc\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$0\r\n\r\n$0\r\n\r\n"),
        ("a negative time", "*6\r\n$-1\r\n$2\r\n-1\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$0\r\n\r\n$0\r\n\r\n"),
        (
            "a time past all bounds",
            "*6\r\n$-1\r\n$19\r\n9223372036854775807\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$0\r\n\r\n$0\r\n\r\n"
        ),
        ("another decision", "*6\r\n$-1\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\0\0\r\n$0\r\n\r\n$0\r\n\r\n"),
        ("more admitted than asked", "*6\r\n$-1\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\u{2}\0\r\n$0\r\n\r\n$0\r\n\r\n"),
        ("half a wait", "*6\r\n$-1\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$4\r\n1234\r\n$0\r\n\r\n"),
        ("a lease nobody asked for", "*6\r\n$-1\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$0\r\n\r\n$1\r\n\u{1}\r\n"),
        ("deep nesting", String(repeating: "*1\r\n", count: 20)),
        ("a huge count", "*2147483647\r\n$-1\r\n"),
        ("a bad length", "$-7\r\n"),
        ("garbage", "HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("RESP3", "%1\r\n+a\r\n+b\r\n"),
        ("cut", "*6\r\n$-1\r\n$1"),
        ("a line without an end", "+" + String(repeating: "x", count: 3 << 20)),
        ("a large string", "$4194304\r\n" + String(repeating: "x", count: 4 << 20) + "\r\n"),
        ("an error with formats", "-ERR %s%n \u{1B}[2J\r\n"),
    ]

    @Test(arguments: replies)
    func `is survived`(name: String, reply: String) async throws {
        let server = try await FakeServer { call in call == 0 ? Array(reply.utf8) : nil }
        let isFine = name == "unasked for"
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            let verdicts = await daemon.decide([.one(1, Self.limit)])
            #expect(verdicts.results == [isFine ? .admitted : .unknown], "\(name)")
            #expect(verdicts.took < 100_000)
            if !name.hasPrefix("an error") {
                try await eventually("a new link") { server.accepted.count.load(ordering: .relaxed) > 1 }
            }
        }
        await server.stop()
    }

    @Test func `a late reply answers nobody`() async throws {
        // The first call is answered after its link was replaced, the second never: no answer is another call's.
        let server = try await FakeServer { call in
            call == 0 ? [] : Array("*6\r\n$-1\r\n$1\r\n1\r\n$1\r\n1\r\n$2\r\n\u{1}\0\r\n$0\r\n\r\n$0\r\n\r\n".utf8)
        }
        try await withDaemon("redis://127.0.0.1:\(server.port)") { daemon in
            #expect(await daemon.decide([.one(1, Self.limit)]).results == [.unknown])
            try await eventually("a new link") { server.accepted.count.load(ordering: .relaxed) > 1 }
            try await eventually("answers that are right") {
                let verdicts = await daemon.decide([.one(2, Self.limit)])
                return verdicts.results == [.admitted] && verdicts.outcomes[0].remaining == 99
            }
        }
        await server.stop()
    }
}
