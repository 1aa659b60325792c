import DecisionService
import Synchronization
import Testing

@testable import StatusServer

@Suite(.timeLimit(.minutes(3)))
struct `Operators over HTTP` {
    /// Keeps what was asked and answers with one record, or fails.
    private final class Desk: Sendable {
        let asked = Mutex<[AdminRequest]>([])
        let failure: AdminFailure?

        init(failing failure: AdminFailure? = nil) { self.failure = failure }

        var administration: Administration {
            Administration(
                perform: { request throws(AdminFailure) in
                    self.asked.withLock { $0.append(request) }
                    if let failure = self.failure { throw failure }
                    return ClientRecord(
                        client: "sha256:00",
                        tier: "gold",
                        tierSource: "operator",
                        isBlocked: false,
                        decisions: [
                            ClientRecord.Decision(
                                kind: "override",
                                text: "predict/own",
                                number: 7,
                                until: 1_800_000_000_000_000,
                                by: "olga",
                                at: 1_700_000_000_000_000
                            )
                        ]
                    )
                },
                reload: { () throws(AdminFailure) in
                    if let failure = self.failure { throw failure }
                    return "0123456789abcdef"
                }
            )
        }
    }

    private static let calls: [(String, String, AdminRequest)] = [
        ("show", #"{"client":"a"}"#, AdminRequest(client: "a", action: .show, by: "admin")),
        ("reset", #"{"client":"a","by":"olga"}"#, AdminRequest(client: "a", action: .change(.reset), by: "olga")),
        (
            "block", #"{"client":"a","message":"No","until":"2h"}"#,
            AdminRequest(client: "a", action: .change(.block(message: "No")), until: "2h", by: "admin")
        ),
        ("unblock", #"{"client":"a"}"#, AdminRequest(client: "a", action: .change(.unblock), by: "admin")),
        (
            "tier", #"{"client":"a","tier":"gold"}"#,
            AdminRequest(client: "a", action: .change(.tier("gold")), by: "admin")
        ),
        ("tier", #"{"client":"a","remove":true}"#, AdminRequest(client: "a", action: .change(.tier(nil)), by: "admin")),
        (
            "override", #"{"client":"a","limit":"r/l","count":0}"#,
            AdminRequest(client: "a", action: .change(.override(limit: "r/l", count: 0)), by: "admin")
        ),
        (
            "override", #"{"client":"a","limit":"r/l","remove":true}"#,
            AdminRequest(client: "a", action: .change(.override(limit: "r/l", count: nil)), by: "admin")
        ),
    ]

    @Test func `each path asks for what it says`() async throws {
        let desk = Desk()
        try await TestDaemon.run(administration: desk.administration) { daemon in
            for (path, body, _) in Self.calls {
                let reply = try await daemon.ask(.post("/v1/admin/client/\(path)", body))
                #expect(reply.status == 200, "\(path) \(body): \(reply.body)")
                #expect(
                    reply.body == #"""
                        {"blocked":false,"client":"sha256:00","decisions":[{"at":"2023-11-14T22:13:20Z","by":"olga",\#
                        "count":7,"kind":"override","limit":"predict/own","until":"2027-01-15T08:00:00Z"}],\#
                        "tier":"gold","tier_source":"operator"}

                        """#
                )
            }
            let reload = try await daemon.ask(.post("/v1/admin/reload", ""))
            #expect(reply(reload) == (200, "{\"policy\":\"0123456789abcdef\"}\n"))
        }
        #expect(desk.asked.withLock { $0 } == Self.calls.map { $0.2 })
    }

    private func reply(_ reply: TestReply) -> (Int, String) { (reply.status, reply.body) }

    @Test(arguments: [
        ("show", #"{}"#), ("show", #"{"client":"a","message":"x"}"#), ("show", #"{"client":"a","client":"b"}"#),
        ("block", #"{"client":"a\u0000"}"#), ("block", #"{"client":"a","message":3}"#), ("block", ""),
        ("tier", #"{"client":"a"}"#), ("tier", #"{"client":"a","tier":"x","remove":true}"#),
        ("override", #"{"client":"a","limit":"r/l"}"#), ("override", #"{"client":"a","count":1}"#),
        ("override", #"{"client":"a","limit":"r/l","count":1,"remove":true}"#),
        ("override", #"{"client":"a","limit":"r/l","count":-1}"#),
    ])
    func `a body that is not one is refused and asks nothing`(path: String, body: String) async throws {
        let desk = Desk()
        try await TestDaemon.run(administration: desk.administration) { daemon in
            let reply = try await daemon.ask(.post("/v1/admin/client/\(path)", body))
            #expect(reply.status == 400 && reply.body.hasPrefix(#"{"error":"#), "\(reply.body)")
        }
        #expect(desk.asked.withLock { $0.isEmpty })
    }

    @Test(arguments: [
        (AdminFailure.invalid("x"), 400), (.notFound("x"), 404), (.full("x"), 409), (.refused("x"), 422),
        (.unavailable("x"), 503),
    ])
    func `what goes wrong has a status and its words`(failure: AdminFailure, status: Int) async throws {
        try await TestDaemon.run(administration: Desk(failing: failure).administration) { daemon in
            let asked = try await daemon.ask(.post("/v1/admin/client/show", #"{"client":"a"}"#))
            #expect(reply(asked) == (status, "{\"error\":\"x\"}\n"))
            #expect(asked.fields["retry-after"] == (status == 503 ? "1" : nil))
            #expect(try await daemon.ask(.post("/v1/admin/reload", "")).status == status)
        }
    }

    @Test func `a port that others reach serves no operator, nor does a page of another origin reach one`()
        async throws
    {
        let desk = Desk()
        try await TestDaemon.run(administration: desk.administration, configure: { $0.host = "0.0.0.0" }) { daemon in
            let reply = try await daemon.ask(.post("/v1/admin/client/reset", #"{"client":"a"}"#))
            #expect(reply.status == 403)
            #expect(try await daemon.ask(.post("/v1/admin/reload", "")).status == 403)
        }
        try await TestDaemon.run(administration: desk.administration) { daemon in
            var request = TestRequest.post("/v1/admin/client/reset", #"{"client":"a"}"#)
            request.fields.append(("Origin", "http://evil.example"))
            let foreign = try await daemon.ask(request)
            let got = try await daemon.ask(.get("/v1/admin/client/reset"))
            #expect(foreign.status == 403 && got.status == 405)
        }
        #expect(desk.asked.withLock { $0.isEmpty })
    }
}
