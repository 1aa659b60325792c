import Crypto
import Foundation
import NIOCore
import Testing

@testable import StatusServer

@Suite(.timeLimit(.minutes(3)))
struct `Paths and methods` {
    @Test(arguments: [
        ("/nope", 404), ("/v1", 404), ("/v1/check/more", 404), ("/metrics", 404), ("/../etc/passwd", 404),
        ("/status", 200), ("/status/", 200), ("/status?x=1", 200), ("/", 200), ("/healthz", 200), ("/readyz", 200),
    ])
    func `known paths are answered and others are not there`(path: String, status: Int) async throws {
        try await TestDaemon.run { daemon in
            let reply = try await daemon.ask(.get(path))
            #expect(reply.status == status)
            if status == 404 { #expect(reply.error == "there is nothing here") }
        }
    }

    @Test(arguments: [
        ("POST", "/status", "GET, HEAD"), ("DELETE", "/", "GET, HEAD"), ("OPTIONS", "/status/", "GET, HEAD"),
        ("GET", "/v1/check", "POST"), ("PUT", "/v1/check-many", "POST"), ("HEAD", "/v1/inspect", "POST"),
        ("PROPFIND", "/readyz", "GET, HEAD"),
    ])
    func `a wrong method is a 405 that says which are right`(method: String, path: String, allowed: String) async throws
    {
        try await TestDaemon.run { daemon in
            let reply = try await daemon.ask(TestRequest(method, path))
            #expect(reply.status == 405)
            #expect(reply.fields["allow"] == allowed)
            #expect(reply.fields["access-control-allow-origin"] == nil)
        }
    }

    @Test(arguments: ["/", "/status", "/healthz", "/nope"])
    func `HEAD is GET without the body`(path: String) async throws {
        try await TestDaemon.run { daemon in
            let replies = try await TestConnection.open(daemon) { connection in
                let head = try await connection.ask(TestRequest("HEAD", path))
                let get = try await connection.ask(.get(path))
                return [head, get].compactMap(\.self)
            }
            #expect(replies.count == 2)
            #expect(replies.map(\.status) == [replies[1].status, replies[1].status])
            #expect(replies[0].body.isEmpty)
            #expect(Int(replies[0].fields["content-length"] ?? "") == replies[1].body.utf8.count)
        }
    }

    @Test(arguments: ["/", "/status", "/healthz", "/nope", "/v1/check"])
    func `every answer tells browsers to keep their distance`(path: String) async throws {
        try await TestDaemon.run { daemon in
            let fields = try await daemon.ask(.get(path)).fields
            #expect(fields["x-content-type-options"] == "nosniff")
            #expect(fields["x-frame-options"] == "DENY")
            #expect(fields["cache-control"] == "no-store")
            #expect(fields["referrer-policy"] == "no-referrer")
            #expect(fields["cross-origin-resource-policy"] == "same-origin")
            #expect(fields["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
            #expect(fields["server"] == nil)
        }
    }
}

@Suite(.timeLimit(.minutes(3)))
struct `Probes and status` {
    @Test func `liveness and readiness say what they are asked`() async throws {
        try await TestDaemon.run(isReady: .notReady("draining"), onProbe: { false }) { daemon in
            let live = try await daemon.ask(.get("/healthz"))
            let ready = try await daemon.ask(.get("/readyz"))
            #expect((live.status, live.body) == (503, "not live\n"))
            #expect((ready.status, ready.body) == (503, "draining\n"))
        }
        try await TestDaemon.run { daemon in
            let live = try await daemon.ask(.get("/healthz"))
            let ready = try await daemon.ask(.get("/readyz"))
            #expect((live.status, live.body) == (200, "live\n"))
            #expect((ready.status, ready.body) == (200, "ready\n"))
        }
    }

    @Test func `the status tells all that the report knows`() async throws {
        try await TestDaemon.run { daemon in
            let reply = try await daemon.ask(.get("/status"))
            var object = try #require(JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any])
            let time = try #require(object.removeValue(forKey: "time") as? Int)
            #expect(time > 1_600_000_000)
            let expected = #"""
                {"connections":7,"degraded":0,"failed":3,"peers":1,
                "leases":{"granted":9,"late":2,"refused":1,"renewed":3,"settled":6},
                "operators":{"clients":2,"problem":null,"version":9},
                "pools":[{"name":"llama","scale":0.6,"replicas":[
                {"id":"a","load":0.5,"overdue":true,"since":1790000001,"state":"warming"}]}],
                "policy":{"fingerprint":"0123456789abcdef","loaded_at":1790000000,
                "reload_problem":"line 3: </script><b>","rules":12},
                "ready":true,
                "store":{"control":"out","evictions":0,"given_back":4,"keys":812,"kind":"memory","latency_us":null,
                "lost_give_backs":1,"state":"ready"},
                "top_clients":[],
                "totals":[{"allowed":41,"forbidden":0,"limited":2,"rule":"predict","shadow_limited":1,"unavailable":0},
                {"allowed":0,"forbidden":0,"limited":0,"rule":"","shadow_limited":0,"unavailable":0}],
                "uptime_s":3723,"version":"1.2.3"}
                """#
            let wanted = try JSONSerialization.jsonObject(with: Data(expected.utf8)) as? NSDictionary
            #expect(object as NSDictionary == wanted)
        }
    }
}

@Suite(.timeLimit(.minutes(3)))
struct `The dashboard` {
    @Test func `its policy allows its own style and script and nothing else`() async throws {
        let reply = try await TestDaemon.run { try await $0.ask(.get("/")) }
        let policy = try #require(reply.fields["content-security-policy"])
        #expect(reply.fields["content-type"] == "text/html; charset=utf-8")
        for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
            let parts = reply.body.components(separatedBy: "<\(element)>")
            try #require(parts.count == 2)
            let content = try #require(parts[1].components(separatedBy: "</\(element)>").first)
            let hash = Data(SHA256.hash(data: Data(content.utf8))).base64EncodedString()
            #expect(policy.contains("\(directive) 'sha256-\(hash)'"))
        }
        #expect(!policy.contains("unsafe"))
        #expect(policy.hasPrefix("default-src 'none'"))
    }

    @Test(arguments: ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", "onclick"])
    func `it makes no markup of data`(trap: String) {
        let page = Dashboard.shared.page
        #expect(!String(buffer: page).contains(trap))
    }

    @Test func `it loads nothing from elsewhere`() {
        let page = String(buffer: Dashboard.shared.page)
        let addresses = page.components(separatedBy: "http").dropFirst()
        #expect(addresses.allSatisfy { $0.hasPrefix("://www.w3.org/2000/svg") })
        for trap in ["{{", " src=", "@import", "url("] { #expect(!page.contains(trap)) }
    }
}
