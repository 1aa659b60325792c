import DecisionService
import Testing
import WireProtocol

@testable import RPCServer

@Suite(.timeLimit(.minutes(1))) struct GRPCTokenTests {
    private static func token(_ role: Role) -> String { "token-of-the-role-\(role)-of-a-test" }

    private static func register() throws -> AccessRegister {
        AccessRegister(try TokenSet(Role.allCases.map { "\($0) \(token($0))" }.joined(separator: "\n") + "\n"))
    }

    @Test func `every call shows its token, and one call's counts for no other`() async throws {
        let register = try Self.register()
        try await RunningServer.with(configure: { $0.access = register }) { server in
            let peer = try HTTP2Peer(port: server.port)
            let shown: [(String?, StatusCode)] = [
                (nil, .unauthenticated), ("Bearer \(Self.token(.check))", .ok), (nil, .unauthenticated),
                ("bearer \(Self.token(.admin))", .ok), ("Bearer \(Self.token(.read))", .permissionDenied),
                ("Bearer a-token-that-nobody-has-given-out", .unauthenticated),
                ("Basic \(Self.token(.check))", .unauthenticated), ("Bearer \(Self.token(.check))", .ok),
            ]
            for (index, call) in shown.enumerated() {
                let stream = UInt32(2 * index + 1)
                try peer.check(stream, "alice", ["authorization": call.0])
                #expect(try peer.answer(stream).status == call.1, "\(call)")
            }
        }
    }

    @Test func `health asks for no token`() async throws {
        let register = try Self.register()
        try await RunningServer.with(configure: { $0.access = register }) { server in
            let peer = try HTTP2Peer(port: server.port)
            try peer.send(
                HTTP2Peer.headers(1, "/grpc.health.v1.Health/Check"),
                HTTP2Peer.data(1, HTTP2Peer.message([]))
            )
            #expect(try peer.answer(1).status == .ok)
        }
    }

    @Test func `a token that is withdrawn ends what an open connection may do`() async throws {
        let register = try Self.register()
        try await RunningServer.with(configure: { $0.access = register }) { server in
            let peer = try HTTP2Peer(port: server.port)
            let field = ["authorization": "Bearer \(Self.token(.check))"]
            try peer.check(1, "alice", field)
            #expect(try peer.answer(1).status == .ok)
            register.replace(with: try TokenSet("admin \(Self.token(.admin))\n"))
            try peer.check(3, "alice", field)
            #expect(try peer.answer(3).status == .unauthenticated)
        }
    }
}
