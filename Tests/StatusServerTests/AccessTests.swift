import DecisionService
import Foundation
import Testing

@testable import StatusServer

@Suite(.timeLimit(.minutes(3)))
struct `Tokens over HTTP` {
    private static func token(_ role: Role) -> String { "token-of-the-role-\(role)-of-a-test" }

    private static func register() throws -> AccessRegister {
        AccessRegister(try TokenSet(Role.allCases.map { "\($0) \(token($0))" }.joined(separator: "\n")))
    }

    private static let check = #"{"client":"alice","route":"/a"}"#

    /// One request to each path, with the role it is for.
    private static let requests: [(TestRequest, Role?)] = [
        (.get("/healthz"), nil), (.get("/readyz"), nil), (.get("/nope"), nil), (.get("/"), .read),
        (.get("/status"), .read), (.get("/status/"), .read), (TestRequest("HEAD", "/status"), .read),
        (.post("/v1/inspect", check), .read), (.post("/v1/check", check), .check), (.post("/v1/settle", "{}"), .check),
        (.post("/v1/check-many", #"{"checks":[\#(check)]}"#), .check), (.post("/v1/renew", "{}"), .check),
        (.post("/v1/report", "{}"), .check),
    ]

    @Test(arguments: Role.allCases)
    func `a token allows what its role is for`(own: Role) async throws {
        let register = try Self.register()
        try await TestDaemon.run(configure: { $0.access = register }) { daemon in
            for (request, needed) in Self.requests {
                var request = request
                request.fields.append(("Authorization", "Bearer \(Self.token(own))"))
                let reply = try await TestConnection.open(daemon) { [request] connection in
                    try await connection.ask(request)
                }
                let isAllowed = needed.map { own.includes($0) } ?? true
                #expect((reply?.status == 403) == !isAllowed, "\(request)")
                #expect(reply?.status != 401, "\(request)")
            }
        }
    }

    @Test(arguments: [
        nil, "Bearer", "Bearer ", "Bearer nobody-has-given-out-this-token", "Basic !", "Basic eA==",
        "token-of-the-role-admin-of-a-test", "Digest token-of-the-role-admin-of-a-test",
    ])
    func `without a known token all but the probes is a 401 that says how to ask`(field: String?) async throws {
        let register = try Self.register()
        try await TestDaemon.run(configure: { $0.access = register }) { daemon in
            for (request, needed) in Self.requests {
                var request = request
                if let field { request.fields.append(("Authorization", field)) }
                let reply = try await TestConnection.open(daemon) { [request] connection in
                    try await connection.ask(request)
                }
                #expect((reply?.status == 401) == (needed != nil), "\(request)")
                if needed != nil { #expect(reply?.fields["www-authenticate"]?.contains("realm=") == true) }
                #expect(reply?.body.contains("of-a-test") == false)
            }
        }
    }

    @Test func `a browser sends the token as a password, and schemes have no case`() async throws {
        let register = try Self.register()
        let basic = Data("anyone:\(Self.token(.read))".utf8).base64EncodedString()
        try await TestDaemon.run(configure: { $0.access = register }) { daemon in
            for field in [
                "Basic \(basic)", "basic \(basic)", "bearer \(Self.token(.read))", "BEARER  \(Self.token(.read))",
            ] {
                try await daemon.expect(200, to: TestRequest("GET", "/status", fields: [("Authorization", field)]))
            }
        }
    }

    @Test func `where no token is asked for everyone may look and check`() async throws {
        try await TestDaemon.run { daemon in
            try await daemon.expect(200, to: .get("/status"))
            try await daemon.expect(200, to: .post("/v1/check", Self.check))
        }
    }
}
