import Testing

@testable import StatusServer

@Suite(.timeLimit(.minutes(3)))
struct `Pages of others` {
    @Test(arguments: [
        ("localhost", 200), ("localhost:7421", 200), ("LocalHost:1", 200), ("127.0.0.1", 200), ("127.0.0.1:80", 200),
        ("[::1]", 200), ("[::1]:7421", 200), ("127.8.9.10:1", 200),
        ("evil.example", 421), ("evil.example:7421", 421), ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("10.0.0.1", 421), ("0.0.0.0", 421), ("[::]", 421), ("localhost:x", 421), ("[::1]evil", 421),
        ("user@localhost", 421), ("127.0.0.evil", 421), ("127.1", 421), ("", 421), ("[::1", 421),
    ])
    func `on loopback only loopback names are answered to`(host: String, status: Int) async throws {
        try await TestDaemon.run { daemon in
            for path in ["/", "/status", "/nope"] {
                let reply = try await daemon.ask(TestRequest("GET", path, host: host))
                #expect(reply.status == (status == 200 && path == "/nope" ? 404 : status))
            }
            for path in ["/healthz", "/readyz"] {
                try await daemon.expect(200, to: TestRequest("GET", path, host: host))
            }
        }
    }

    @Test func `a foreign host costs the client nothing`() async throws {
        try await TestDaemon.run { daemon in
            var request = TestRequest.post("/v1/check", #"{"client": "a", "route": "/predict"}"#)
            request.fields[0].1 = "evil.example"
            try await daemon.expect(421, to: request)
            request.fields[0].1 = "localhost"
            let seen = try await daemon.ask(request).json(CheckBodySeen.self)
            #expect(seen.limits?.first?.remaining == 9)
        }
    }

    @Test func `two hosts, or none, are no host`() async throws {
        try await TestDaemon.run { daemon in
            let none = try await daemon.ask(TestRequest("GET", "/status", host: nil))
            let two = try await daemon.ask(TestRequest("GET", "/status", fields: [("host", "evil.example")]))
            #expect(none.status == 400)
            #expect(two.status == 400)
            try await daemon.expect(200, to: TestRequest("GET", "/healthz", host: nil))
        }
    }

    @Test(arguments: [
        ("http://localhost:7421", 200), ("https://localhost:7421", 200),
        ("http://localhost:3000", 403), ("http://evil.example", 403), ("null", 403), ("", 403),
    ])
    func `a request from another origin is refused before it is decided`(origin: String, status: Int) async throws {
        try await TestDaemon.run { daemon in
            var request = TestRequest("POST", "/v1/check", host: "localhost:7421", fields: [("Origin", origin)])
            request.body = #"{"client": "a", "route": "/predict"}"#
            let reply = try await daemon.ask(request)
            #expect(reply.status == status)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("localhost", true),
        ("0.0.0.0", false), ("::", false), ("10.0.0.1", false), ("gate.example", false), ("127.0.0.256", false),
    ])
    func `the rule for names holds where the address is loopback`(host: String, isLoopback: Bool) {
        #expect(BrowserGuard(listeningOn: host).isLoopbackOnly == isLoopback)
    }
}
