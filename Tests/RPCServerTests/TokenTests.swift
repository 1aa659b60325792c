import DecisionService
import LimitCore
import Logging
import RPCServer
import Testing
import TransportSecurity
import WireProtocol

extension WireClient {
    func greet(_ token: String, call: UInt32 = 1) throws -> StatusCode {
        var bytes: [UInt8] = []
        try Frame.appendRequest(.hello, call: call, to: &bytes) { out throws(WireError) in
            try MessageEncoder().append(Hello(token: token, client: "test"), to: &out)
        }
        try send(bytes)
        return try receive().frame.status
    }

    /// The status that a call of this kind ends with.
    func status(of kind: FrameKind, call: UInt32) throws -> StatusCode {
        var bytes: [UInt8] = []
        try Frame.appendRequest(kind, call: call, to: &bytes) { out throws(WireError) in
            switch kind {
            case .check: try MessageEncoder().append(CheckRequest(client: "alice", route: "/a"), to: &out)
            case .report: try MessageEncoder().append(ReportRequest(replica: "r1", pool: "p", state: .ready), to: &out)
            default: break
            }
        }
        try send(bytes)
        return try receive().frame.status
    }
}

@Suite(.timeLimit(.minutes(1))) struct TokenTests {
    private static func token(_ role: Role) -> String { "token-of-the-role-\(role)-of-a-test" }

    private static func tokens(_ extra: String = "") throws -> TokenSet {
        try TokenSet(Role.allCases.map { "\($0) \(token($0))" }.joined(separator: "\n") + "\n" + extra)
    }

    @Test func `every call before the token, and after a wrong one, is unauthenticated`() async throws {
        let refusals = RefusalLog(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let register = AccessRegister(try Self.tokens())
        try await RunningServer.with(configure: {
            $0.access = register
            $0.refusals = refusals
        }) { server in
            let client = try server.connect()
            for (call, kind) in [FrameKind.check, .checkMany, .settle, .renew, .report, .ping].enumerated() {
                #expect(try client.status(of: kind, call: UInt32(call + 1)) == .unauthenticated)
            }
            #expect(try client.greet("") == .unauthenticated)
            #expect(try client.greet("a-token-that-nobody-has-given-out") == .unauthenticated)
            #expect(try client.status(of: .check, call: 9) == .unauthenticated)
            #expect(try client.greet(Self.token(.check)) == .ok)
            #expect(try client.status(of: .check, call: 10) == .ok)
            #expect(try client.greet("") == .unauthenticated)
            #expect(try client.status(of: .check, call: 11) == .unauthenticated)
        }
        #expect(refusals.count(of: .tokenMissing) == 9)
        #expect(refusals.count(of: .tokenUnknown) == 2)
    }

    @Test(arguments: [(Role.check, StatusCode.ok), (.read, .permissionDenied), (.admin, .ok)])
    func `only roles that are for it may check and report`(role: Role, status: StatusCode) async throws {
        let register = AccessRegister(try Self.tokens())
        try await RunningServer.with(configure: { $0.access = register }) { server in
            let client = try server.connect()
            #expect(try client.greet(Self.token(role)) == .ok)
            #expect(try client.status(of: .check, call: 2) == status)
            let report = try client.status(of: .report, call: 3)
            #expect(role == .read ? report == .permissionDenied : report != .permissionDenied)
            #expect(try client.status(of: .ping, call: 4) == .ok)
        }
    }

    @Test func `a token that is withdrawn ends what its open connections may do, one that stays does not`() async throws
    {
        let register = AccessRegister(try Self.tokens())
        try await RunningServer.with(configure: { $0.access = register }) { server in
            let (old, kept) = (try server.connect(), try server.connect())
            #expect(try old.greet(Self.token(.check)) == .ok)
            #expect(try kept.greet(Self.token(.admin)) == .ok)
            #expect(try old.status(of: .check, call: 2) == .ok)
            register.replace(with: try TokenSet("admin \(Self.token(.admin))\ncheck the-token-that-comes-instead"))
            #expect(try old.status(of: .check, call: 3) == .unauthenticated)
            #expect(try kept.status(of: .check, call: 3) == .ok)
            #expect(try old.greet("the-token-that-comes-instead") == .ok)
            #expect(try old.status(of: .check, call: 4) == .ok)
        }
    }

    @Test func `where no token is asked for any is taken`() async throws {
        try await RunningServer.with { server in
            let client = try server.connect()
            #expect(try client.greet("whatever") == .ok)
            #expect(try client.status(of: .check, call: 2) == .ok)
        }
    }
}
