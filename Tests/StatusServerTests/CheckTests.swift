import Testing

@Suite(.timeLimit(.minutes(3)))
struct `Checks over HTTP` {
    private let check = #"{"client": "alice", "route": "/predict"}"#

    @Test func `a verdict is a 200 whatever it says`() async throws {
        try await TestDaemon.run { daemon in
            for remaining in (0..<10).reversed() {
                let reply = try await daemon.ask(.post("/v1/check", check))
                let seen = try reply.json(CheckBodySeen.self)
                #expect(reply.status == 200)
                #expect(seen.verdict == "VERDICT_ALLOWED")
                #expect(seen.limits?.first?.remaining == UInt64(remaining))
            }
            let reply = try await daemon.ask(.post("/v1/check", check))
            let seen = try reply.json(CheckBodySeen.self)
            #expect(reply.status == 200)
            #expect(seen.verdict == "VERDICT_LIMITED")
            #expect(seen.reason == "REASON_RATE")
            #expect((seen.retry_after_ms ?? 0) > 0)
            #expect(reply.fields["content-type"] == "application/json")
        }
    }

    @Test func `a client that may not call at all is forbidden in the body`() async throws {
        try await TestDaemon.run { daemon in
            let reply = try await daemon.ask(.post("/v1/check", #"{"client": "crawler", "route": "/predict"}"#))
            let seen = try reply.json(CheckBodySeen.self)
            #expect(reply.status == 200)
            #expect(seen.verdict == "VERDICT_FORBIDDEN")
            #expect(seen.reason == "REASON_BLOCKED")
            #expect(seen.message == "Ask for a key")
        }
    }

    @Test func `several checks are answered in their order`() async throws {
        try await TestDaemon.run { daemon in
            let body = #"{"checks": [\#(check), {"client": "crawler", "route": "/predict"}, \#(check)]}"#
            let reply = try await daemon.ask(.post("/v1/check-many", body))
            let seen = try reply.json(CheckManySeen.self).results
            #expect(reply.status == 200)
            #expect(seen.map(\.verdict) == ["VERDICT_ALLOWED", "VERDICT_FORBIDDEN", "VERDICT_ALLOWED"])
            #expect(seen.map { $0.limits?.first?.remaining } == [9, nil, 8])
        }
    }

    @Test func `a broken check among several charges nothing`() async throws {
        try await TestDaemon.run { daemon in
            let broken = try await daemon.ask(.post("/v1/check-many", #"{"checks": [\#(check), {"client": "bob"}]}"#))
            #expect(broken.status == 400)
            #expect(broken.error?.contains("checks[1].route") == true, "\(broken.body)")
            let next = try await daemon.ask(.post("/v1/check", check)).json(CheckBodySeen.self)
            #expect(next.limits?.first?.remaining == 9)
        }
    }

    @Test(arguments: ["", #", "peek": false, "all_limits": false"#])
    func `to inspect is to peek, whatever the body says`(flags: String) async throws {
        try await TestDaemon.run { daemon in
            for _ in 0..<2 {
                let body = #"{"client": "alice", "route": "/predict"\#(flags)}"#
                let reply = try await daemon.ask(.post("/v1/inspect", body))
                let seen = try reply.json(CheckBodySeen.self)
                #expect(reply.status == 200)
                #expect(seen.verdict == "VERDICT_ALLOWED")
                #expect(seen.limits == [CheckBodySeen.Limit(limit: 10, remaining: 10, limited: false)])
            }
        }
    }

    @Test func `many connections take no more than the limit`() async throws {
        try await TestDaemon.run { daemon in
            let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        let reply = try await daemon.ask(.post("/v1/check", check))
                        return try reply.json(CheckBodySeen.self).verdict == "VERDICT_ALLOWED"
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(allowed == 10)
        }
    }
}

@Suite(.timeLimit(.minutes(3)))
struct `Bodies of checks` {
    @Test(
        arguments: [
            (#"{"client": "a\u0000b", "route": "/r"}"#, "client"),
            ("{\"client\": \"a\u{0}b\", \"route\": \"/r\"}", nil),
            (#"{"client": "", "route": "/r"}"#, "client"),
            (#"{"route": "/r"}"#, "client"),
            (#"{"client": "a"}"#, "route"),
            (#"{"client": 7, "route": "/r"}"#, "client"),
            (#"{"client": "a", "client": "b", "route": "/r"}"#, "client"),
            (#"{"client": "a", "route": "/r", "usage": {"tokens": -1}}"#, "usage"),
            (#"{"client": "a", "route": "/r", "usage": {"tokens": 9007199254740992}}"#, "usage"),
            (#"{"client": "a", "route": "/r", "attributes": {"": "x"}}"#, "attributes"),
            (#"{"client": "a", "route": "/r", "bogus": 1}"#, "bogus"),
            ("{\"client\": \"\(String(repeating: "x", count: 513))\", \"route\": \"/r\"}", "client"),
            ("{\"client\": \"a\", \"route\": \"\(String(repeating: "x", count: 1025))\"}", "route"),
            ("", nil), ("{", nil), ("[]", nil), ("null", nil), ("{}x", nil), ("banana", nil),
            (String(repeating: "[", count: 100_000), nil),
            (String(repeating: #"{"a":"#, count: 100_000), nil),
        ] as [(String, String?)]
    )
    func `bad input is a 400 that names the field`(body: String, field: String?) async throws {
        try await TestDaemon.run { daemon in
            for path in ["/v1/check", "/v1/inspect"] {
                let reply = try await daemon.ask(.post(path, body))
                #expect(reply.status == 400)
                let error = try #require(reply.error)
                #expect(!error.isEmpty)
                if let field { #expect(error.contains(field), "\(error)") }
            }
        }
    }

    @Test(
        arguments: [
            (nil, 200), ("application/json", 200), ("Application/JSON; charset=utf-8", 200),
            ("application/x-www-form-urlencoded", 200), ("text/plain", 415), ("multipart/form-data; boundary=x", 415),
            ("application/x-protobuf", 415), ("", 415),
        ] as [(String?, Int)]
    )
    func `JSON, what curl calls it, and nothing at all are taken as JSON`(type: String?, status: Int) async throws {
        try await TestDaemon.run { daemon in
            var request = TestRequest("POST", "/v1/check", body: #"{"client": "a", "route": "/predict"}"#)
            if let type { request.fields.append(("Content-Type", type)) }
            let reply = try await daemon.ask(request)
            #expect(reply.status == status)
            #expect((reply.error != nil) == (status != 200))
        }
    }

    @Test func `a compressed body is refused`() async throws {
        try await TestDaemon.run { daemon in
            var request = TestRequest.post("/v1/check", "{}")
            request.fields.append(("Content-Encoding", "gzip"))
            let reply = try await daemon.ask(request)
            #expect(reply.status == 415)
        }
    }

    @Test func `a body in chunks is a body`() async throws {
        try await TestDaemon.run { daemon in
            let head = "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            let reply = try await TestConnection.open(daemon) { connection in
                try await connection.send(head + "c\r\n{\"client\":\"a\r\n")
                try await connection.send("14\r\n\",\"route\":\"/predict\"\r\n2\r\n}\n\r\n0\r\n\r\n")
                return try await connection.receive()
            }
            #expect(reply?.status == 200, "\(reply?.body ?? "")")
        }
    }
}
