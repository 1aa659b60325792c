import NIOCore
import Synchronization
import Testing

@testable import StatusServer

@Suite(.serialized, .timeLimit(.minutes(3)))
struct `Connections` {
    private static let head = "POST /v1/check HTTP/1.1\r\nHost: localhost\r\n"

    @Test func `ten thousand pipelined requests get their answers in order`() async throws {
        try await TestDaemon.run { daemon in
            let requests = ["/healthz", "/nope", "/readyz", "/v1/check"].map { TestRequest.get($0).text }.joined()
            let statuses = try await TestConnection.open(daemon) { connection in
                let writer = connection.writer
                async let sent: Void = {
                    for _ in 0..<2500 { try await writer.write(ByteBuffer(string: requests)) }
                }()
                var statuses: [Int] = []
                while statuses.count < 10_000, let reply = try await connection.receive() {
                    statuses.append(reply.status)
                }
                try await sent
                return statuses
            }
            #expect(statuses == Array(repeatElement([200, 404, 200, 405], count: 2500).joined()))
        }
    }

    @Test func `pipelined checks are decided one after the other`() async throws {
        try await TestDaemon.run { daemon in
            let check = TestRequest.post("/v1/check", #"{"client": "a", "route": "/predict"}"#)
            let seen = try await TestConnection.open(daemon) { connection in
                try await connection.send(String(repeating: check.text, count: 12))
                var seen: [UInt64?] = []
                while seen.count < 12, let reply = try await connection.receive() {
                    seen.append(try reply.json(CheckBodySeen.self).limits?.first?.remaining)
                }
                return seen
            }
            #expect(seen == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0])
        }
    }

    @Test(arguments: [
        Bytes("a method", "G"),
        Bytes("a field", "GET /status HTTP/1.1\r\nHost: local"),
        Bytes("a body", head + "Content-Length: 40\r\n\r\n{"),
        Bytes("a chunk", head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{"),
    ])
    func `half a request is answered 408 and closed`(half: Bytes) async throws {
        try await TestDaemon.run(configure: { $0.requestTimeout = .seconds(1) }) { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.send(half.text)
                let reply = try #require(try await connection.receive())
                #expect(reply.status == 408)
                #expect(reply.fields["connection"] == "close")
                #expect(reply.error != nil)
                try await connection.expectEnd()
            }
        }
    }

    @Test(arguments: [
        Bytes("a field", "GET /healthz HTTP/1.1\r\nX: "),
        Bytes("a body", head + "Content-Length: 100000\r\n\r\n"),
    ])
    func `a request sent byte by byte has no more time than another`(start: Bytes) async throws {
        try await TestDaemon.run(configure: { $0.requestTimeout = .seconds(1) }) { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.send(start.text)
                let writer = connection.writer
                let drip = Task {
                    try await TestConnection.open(daemon) { pace in
                        while !Task.isCancelled {
                            try await pace.expect(200, to: .get("/healthz"))
                            try await writer.write(ByteBuffer(string: "x"))
                        }
                    }
                }
                try await connection.expect(408)
                drip.cancel()
            }
        }
    }

    @Test func `a connection that says nothing is closed without a word`() async throws {
        try await TestDaemon.run(configure: { $0.requestTimeout = .milliseconds(200) }) { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.expectEnd()
            }
        }
    }

    @Test func `an answered connection is kept, and closed when it stays idle`() async throws {
        try await TestDaemon.run(configure: { $0.idleTimeout = .milliseconds(200) }) { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.send(TestRequest.get("/healthz").text + TestRequest.get("/readyz").text)
                try await connection.expect(200)
                try await connection.expect(200)
                try await connection.expectEnd()
            }
        }
    }

    @Test func `an answer that nobody reads does not keep its connection`() async throws {
        try await TestDaemon.run(configure: { $0.requestTimeout = .seconds(1) }) { daemon in
            try await TestConnection.open(daemon) { connection in
                let requests = ByteBuffer(string: String(repeating: TestRequest.get("/").text, count: 1000))
                // Until the server gives up, its answers fill every buffer on the way.
                await #expect(throws: (any Error).self) {
                    while true { try await connection.writer.write(requests) }
                }
            }
        }
    }

    @Test func `a peer that asks to close is answered and closed`() async throws {
        try await TestDaemon.run { daemon in
            for request in [
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n",
                "GET /healthz HTTP/1.0\r\n\r\n",
            ] {
                try await TestConnection.open(daemon) { connection in
                    try await connection.send(request)
                    try await connection.expect(200)
                    try await connection.expectEnd()
                }
            }
        }
    }

    @Test func `a peer that has ended its side still gets its answer`() async throws {
        try await TestDaemon.run { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.send(.get("/healthz"))
                connection.end()
                try await connection.expect(200)
                try await connection.expectEnd()
            }
        }
    }

    @Test func `told to end, the server closes what is idle`() async throws {
        try await TestDaemon.run { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.expect(200, to: .get("/healthz"))
                await daemon.end()
                try await connection.expectEnd()
            }
        }
    }

    @Test func `told to end, the server answers what is half asked`() async throws {
        try await TestDaemon.run { daemon in
            try await TestConnection.open(daemon) { connection in
                let check = TestRequest.post("/v1/check", #"{"client": "a", "route": "/predict"}"#).text
                try await connection.send(TestRequest.get("/healthz").text + check.dropLast())
                try await connection.expect(200)
                await daemon.end()
                try await connection.send(String(check.suffix(1)))
                try await connection.expect(200)
                try await connection.expectEnd()
            }
        }
    }

    @Test func `more connections than the maximum wait their turn`() async throws {
        let probes = Atomic<Int>(0)
        let count = { @Sendable in probes.add(1, ordering: .relaxed).newValue > 0 }
        try await TestDaemon.run(onProbe: count, configure: { $0.maxConnections = 1 }) { daemon in
            let waiting = try await TestConnection.open(daemon) { first in
                try await first.expect(200, to: .get("/status"))
                let waiting = Task { try await daemon.ask(.get("/healthz")) }
                for _ in 0..<100 { try await first.expect(200, to: .get("/status")) }
                #expect(probes.load(ordering: .relaxed) == 0)
                return waiting
            }
            #expect(try await waiting.value.status == 200)
            #expect(probes.load(ordering: .relaxed) == 1)
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(3)))
struct `Bytes from nowhere` {
    private static let head = "POST /v1/check HTTP/1.1\r\nHost: localhost\r\n"
    private static let wide = String(repeating: "y", count: 120)

    @Test func `a body over the maximum is a 413, by its length or by its bytes`() async throws {
        let chunk = "4000\r\n" + String(repeating: " ", count: 0x4000) + "\r\n"
        let starts = [
            "Content-Length: 1048577\r\n\r\n", "Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n" + String(repeating: chunk, count: 70),
        ]
        try await TestDaemon.run { daemon in
            for start in starts {
                try await TestConnection.open(daemon) { connection in
                    try await connection.send(Self.head + start)
                    let reply = try #require(try await connection.receive())
                    #expect(reply.status == 413)
                    #expect(reply.fields["connection"] == "close")
                }
            }
        }
    }

    @Test func `a body of the maximum is read`() async throws {
        try await TestDaemon.run { daemon in
            let check = #"{"client": "a", "route": "/predict"}"#
            let body = check + String(repeating: " ", count: (1 << 20) - check.utf8.count)
            try await daemon.expect(200, to: .post("/v1/check", body))
            try await daemon.expect(413, to: .post("/v1/check", body + " "))
        }
    }

    @Test func `a body that is expected is asked for`() async throws {
        try await TestDaemon.run { daemon in
            try await TestConnection.open(daemon) { connection in
                let body = #"{"client": "a", "route": "/predict"}"#
                let head = "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                try await connection.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n")
                try await connection.expect(100)
                try await connection.send(body)
                try await connection.expect(200)
            }
        }
    }

    @Test(arguments: [
        (Bytes("one too long", "X-Long: " + String(repeating: "x", count: 9000)), 431),
        (Bytes("too many", (0..<120).map { "X-\($0): y" }.joined(separator: "\r\n")), 431),
        (Bytes("too long together", (0..<80).map { "X-\($0): " + wide }.joined(separator: "\r\n")), 431),
        (Bytes("long enough", "X-Fair: " + String(repeating: "x", count: 7000)), 200),
    ])
    func `header fields over the maximum are a 431`(fields: Bytes, status: Int) async throws {
        try await TestDaemon.run { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.send("GET /status HTTP/1.1\r\nHost: localhost\r\n\(fields.text)\r\n\r\n")
                try await connection.expect(status)
                if status != 200 { try await connection.expectEnd() }
            }
        }
    }

    @Test(arguments: [
        Bytes("control bytes", "\u{1}\u{2}\u{3}\u{4}\r\n\r\n"),
        Bytes("the compact framing", "HGATE/1\n"),
        Bytes("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Bytes("no path", "GET\r\n\r\n"),
        Bytes("another version", "GET / HTTP/9.9\r\n\r\n"),
        Bytes("a space in a name", "GET / HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n"),
        Bytes("NUL in a field", "GET / HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n"),
        Bytes("a negative length", head + "Content-Length: -1\r\n\r\n"),
        Bytes("a length past 64 bits", head + "Content-Length: 99999999999999999999\r\n\r\n"),
        Bytes("two lengths", head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Bytes("no chunk", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ])
    func `what is no HTTP is a 400 and the end of the connection`(bytes: Bytes) async throws {
        try await TestDaemon.run { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.send(bytes.text)
                let reply = try #require(try await connection.receive())
                #expect(reply.status == 400)
                try await connection.expectEnd()
            }
            try await daemon.expect(200, to: .get("/healthz"))
        }
    }

    @Test func `what comes before the rubbish is answered`() async throws {
        try await TestDaemon.run { daemon in
            try await TestConnection.open(daemon) { connection in
                try await connection.send(TestRequest.get("/healthz").text + "rubbish\r\n\r\n")
                try await connection.expect(200)
                try await connection.expect(400)
                try await connection.expectEnd()
            }
        }
    }
}
