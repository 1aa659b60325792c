import Foundation
import LimitCore
import NIOSSL
import TestCertificates
import Testing
import WireProtocol

extension SystemTests {
    /// Whole daemons that ask who calls.
    @Suite struct ProtectionTests {
        enum Port: CaseIterable, Sendable {
            case rpc, http
        }

        @Test(arguments: Port.allCases)
        func `who has no certificate of ours is refused, and the log says why`(port: Port) async throws {
            let daemon = try await ProtectedDaemon(names: "*.fleet.example,spiffe://fleet/web")
            let authority = daemon.authority
            let strangers = try TestAuthority()
            let name = "DNS:web1.fleet.example"
            let refused: [(String, TestAuthority.Identity?, String)] = [
                ("missing", nil, "the client has none"),
                ("expired", try authority.issue("expired", for: name, expired: true), "it has expired"),
                ("foreign", try strangers.issue("foreign", for: name), "no authority of --tls-client-ca-file"),
                ("wrong name", try authority.issue("wrong", for: "DNS:fleet.example"), "none of its names is in"),
                ("no name", try authority.issue("nameless", for: "IP:127.0.0.1"), "none of its names is in"),
            ]
            for (kind, identity, words) in refused {
                let outcome = try await daemon.ask(port, TLSPeer(trusting: authority, as: identity))
                #expect(outcome.bytes.isEmpty, "\(kind)")
                try await until("the log says of \(kind): \(words)") { daemon.log.contains("access.reason=\(words)") }
            }
            #expect(daemon.log.contains("client certificate refused") && daemon.log.contains("access.peer=127.0.0.1"))
            for taken in [name, "DNS:other.example,URI:spiffe://fleet/web"] {
                let identity = try authority.issue("taken\(taken.count)", for: taken)
                let outcome = try await daemon.ask(port, TLSPeer(trusting: authority, as: identity))
                #expect(daemon.isAnswered(outcome, port), "\(outcome)")
            }
        }

        @Test(arguments: Port.allCases)
        func `TLS before 1_2 is refused, and plain text is no TLS`(port: Port) async throws {
            let daemon = try await ProtectedDaemon()
            var peer = TLSPeer(trusting: daemon.authority)
            for version in [.tlsv1, .tlsv11, .tlsv12, .tlsv13] as [TLSVersion] {
                peer.newest = version
                let outcome = try await daemon.ask(port, peer)
                let isTaken = version == .tlsv12 || version == .tlsv13
                #expect(daemon.isAnswered(outcome, port) == isTaken, "\(outcome)")
            }
            #expect(daemon.log.contains("the client speaks no version from 1.2 on"))
            let socket = try Socket(port: daemon.port(port))
            try socket.send(daemon.question(port))
            var answer: [UInt8] = []
            #expect(throws: Socket.Closed.self) { while true { try socket.receive(into: &answer) } }
            #expect(!daemon.isAnswered(TLSPeer.Outcome(answer), port))
        }

        @Test func `each port offers what is spoken there`() async throws {
            let daemon = try await ProtectedDaemon()
            let offers: [(Port, [String], String?)] = [
                (.rpc, ["h2"], "h2"), (.rpc, ["headgate/1"], "headgate/1"), (.rpc, ["http/1.1"], nil),
                (.http, ["h2", "http/1.1"], "http/1.1"),
            ]
            for (port, protocols, spoken) in offers {
                var peer = TLSPeer(trusting: daemon.authority)
                peer.protocols = protocols
                #expect(try await daemon.ask(port, peer).spoken == spoken)
            }
        }

        @Test func `a rotated certificate is served without a restart, a broken one is not`() async throws {
            let daemon = try await ProtectedDaemon()
            let peer = TLSPeer(trusting: daemon.authority)
            let first = try await daemon.ask(.rpc, peer).serial
            let next = try daemon.authority.issue("next", for: "DNS:localhost,IP:127.0.0.1")
            try daemon.replace("server.pem", by: next.certificate)
            try daemon.replace("server.key", by: next.key)
            try await until("the new certificate is loaded") { daemon.log.contains("certificate loaded") }
            let (rpc, http) = (try await daemon.ask(.rpc, peer), try await daemon.ask(.http, peer))
            #expect(rpc.serial != nil && rpc.serial != first && rpc.serial == http.serial)
            #expect(daemon.isAnswered(rpc, .rpc) && daemon.isAnswered(http, .http))
            try daemon.write("no certificate", to: "server.pem")
            try await until("the broken certificate is refused") { daemon.log.contains("the one in force stays") }
            #expect(daemon.log.contains("server.pem holds no certificate in PEM form"))
            #expect(try await daemon.ask(.http, peer).serial == rpc.serial)
        }

        @Test func `an authority that is replaced counts from the next connection on`() async throws {
            let daemon = try await ProtectedDaemon(names: "*.fleet.example")
            let others = try TestAuthority()
            let identity = try others.issue("other", for: "DNS:web1.fleet.example")
            let peer = TLSPeer(trusting: daemon.authority, as: identity)
            #expect(!daemon.isAnswered(try await daemon.ask(.http, peer), .http))
            try daemon.replace("clients.pem", by: others.certificate)
            daemon.process.child.signal(SIGHUP)
            try await until("the new authority is loaded") { daemon.log.contains("certificate loaded") }
            #expect(daemon.isAnswered(try await daemon.ask(.http, peer), .http))
        }

        @Test func `tokens are asked for on both ports, and change without a restart`() async throws {
            let daemon = try await ProtectedDaemon(tokens: ["check": Self.check, "read": Self.read])
            let peer = TLSPeer(trusting: daemon.authority)
            func status(_ port: Port, _ token: String?) async throws -> Int {
                try await daemon.status(of: port, peer, token: token)
            }
            #expect(try await status(.rpc, nil) == 16)
            #expect(try await status(.rpc, "some-token-that-nobody-gave-out") == 16)
            #expect(try await status(.rpc, Self.read) == 7)
            #expect(try await status(.rpc, Self.check) == 0)
            #expect(try await status(.http, nil) == 401)
            #expect(try await status(.http, Self.check) == 403)
            #expect(try await status(.http, Self.read) == 200)
            try daemon.write("check the-token-that-comes-instead\nread \(Self.read)", to: "tokens")
            try await until("the new tokens are loaded") { daemon.log.contains("tokens loaded") }
            #expect(try await status(.rpc, Self.check) == 16)
            #expect(try await status(.rpc, "the-token-that-comes-instead") == 0)
            try daemon.write("check short", to: "tokens")
            try await until("the broken file is refused") { daemon.log.contains("tokens refused, those in force stay") }
            #expect(try await status(.rpc, "the-token-that-comes-instead") == 0)
        }

        @Test func `the command proves who it is, and fails in one line where it does not`() async throws {
            let daemon = try await ProtectedDaemon(
                names: "*.fleet.example",
                tokens: ["check": Self.check, "read": Self.read]
            )
            let identity = try daemon.authority.issue("web", for: "DNS:web1.fleet.example")
            let trust = ["--tls-ca-file", daemon.authority.certificate]
            let proof = trust + ["--tls-certificate-file", identity.certificate, "--tls-key-file", identity.key]
            for (name, token) in [("check", Self.check), ("read", Self.read)] { try daemon.write(token, to: name) }
            func token(_ name: String) -> [String] { ["--token-file", daemon.scratch.file(name)] }
            let check = ["check", "alice", "/a", "--address", "127.0.0.1:\(daemon.process.port)"]
            let look = ["status", "--http", "localhost:\(daemon.process.http.port)"]
            let bench = ["bench", "--address", "127.0.0.1:\(daemon.process.port)", "--duration", "0.1s"]
            let cases: [([String], Int32, String)] = [
                (check + proof + token("check"), 0, ""), (look + proof + token("read"), 0, ""),
                (check + proof + token("read"), 2, "permissionDenied"),
                (look + proof + token("check"), 2, "403"),
                (check + proof, 2, "a token is needed"), (look + proof, 2, "401"),
                (check + trust + token("check"), 2, "certificate required"),
                (look + trust + token("read"), 2, "certificate required"),
                (check + ["--tls"] + token("check"), 2, "its certificate is not trusted"),
                (look + ["--tls"] + token("read"), 2, "its certificate is not trusted"),
                (check + token("check"), 2, "closed the connection"),
                (check + trust + ["--tls-key-file", identity.key], 2, "--tls-key-file: \(identity.key) needs"),
                (check + token("nothing"), 2, "nothing"),
                (bench + proof + token("check"), 0, ""),
            ]
            for (arguments, code, words) in cases {
                let child = try daemon.run(arguments)
                #expect(try await child.ended() == code, "\(arguments): \(child.complained)")
                #expect(words.isEmpty || child.complained.contains(words), "\(arguments): \(child.complained)")
                #expect(child.complained.split(separator: "\n").count <= 1)
                #expect(!child.complained.contains(Self.check) && !child.complained.contains(Self.read))
            }
        }

        @Test func `no token is in logs, pages, answers or command lines`() async throws {
            let daemon = try await ProtectedDaemon(
                tokens: ["check": Self.check, "read": Self.read],
                arguments: ["--log-level", "trace"]
            )
            let peer = TLSPeer(trusting: daemon.authority)
            var shown: [String] = []
            for port in Port.allCases {
                for token in [Self.check, Self.read, Self.check + "x"] {
                    _ = try await daemon.status(of: port, peer, token: token)
                    shown.append(try await daemon.ask(port, peer, token: token).text)
                }
            }
            try daemon.write("check \(Self.check)\ncheck \(Self.check)", to: "tokens")
            try await until("the broken file is refused") { daemon.log.contains("tokens refused, those in force stay") }
            shown += [daemon.log, daemon.process.child.said, daemon.process.child.commandLine]
            for text in shown {
                #expect(!text.contains(Self.check) && !text.contains(Self.read), "\(text)")
            }
        }

        @Test func `a daemon whose files cannot be used ends with 78 and one line`() async throws {
            let authority = try TestAuthority()
            let good = try authority.issue("server", for: "DNS:localhost")
            let scratch = try Scratch()
            try scratch.write("check short\n", to: "tokens")
            let key = ["--tls-key-file", good.key]
            let cases = [
                (["--token-file", scratch.file("tokens")], "--token-file: \(scratch.file("tokens")):1 has a token of"),
                (
                    ["--tls-certificate-file", good.key] + key,
                    "--tls-certificate-file: \(good.key) holds no certificate"
                ),
                (["--tls-certificate-file", good.certificate], "--tls-certificate-file: needs the certificate's key"),
                (["--listen", "0.0.0.0:0"], "--insecure"),
            ]
            for (index, (arguments, words)) in cases.enumerated() {
                let child = try Child(
                    DaemonProcess.executable,
                    ["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"] + arguments,
                    directory: try scratch.child("\(index)")
                )
                #expect(try await child.ended() == 78)
                #expect(child.complained.contains(words) && child.complained.split(separator: "\n").count == 1)
            }
        }

        static let check = "check-token-of-a-system-test-5d7c"
        static let read = "read-token-of-a-system-test-91ab"
    }
}
