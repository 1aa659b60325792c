import DecisionService
import LimitCore
import LimitPolicy
import RPCServer
import Testing
import WireProtocol

extension WireClient {
    func check(
        _ client: String,
        _ route: String,
        call: UInt32,
        _ change: (inout CheckRequest) -> Void = { _ in }
    ) throws {
        var request = CheckRequest(client: client, route: route)
        change(&request)
        var bytes: [UInt8] = []
        try Frame.appendRequest(.check, call: call, to: &bytes) { out throws(WireError) in
            try MessageEncoder().append(request, to: &out)
        }
        try send(bytes)
    }

    func response() throws -> (call: UInt32, response: CheckResponse) {
        let (frame, payload) = try receive()
        #expect(frame.isResponse && frame.status == .ok)
        return (frame.call, try MessageDecoder().decodeCheckResponse(payload.span))
    }

    func failure() throws -> (frame: Frame, message: String) {
        let (frame, payload) = try receive()
        return (frame, try MessageDecoder().decodeFailure(payload.span))
    }
}

let tenAMinute = """
    routes:
      - name: predict
        route: /predict
        limits: [ 10 per minute ]
    """

@Suite(.timeLimit(.minutes(1))) struct CompactConnectionTests {
    @Test func `a limit holds over connections and says what is left`() async throws {
        try await RunningServer.with(policy: tenAMinute, loops: 2) { server in
            let clients = [try server.connect(), try server.connect(), try server.connect()]
            for call in 1...10 {
                let client = clients[call % 3]
                try client.check("alice", "/predict", call: UInt32(call))
                let (answered, response) = try client.response()
                #expect(answered == UInt32(call))
                #expect(response.verdict == .allowed && response.rule == "predict")
                #expect(response.limits.map(\.remaining) == [UInt64(10 - call)])
            }
            try clients[0].check("alice", "/predict", call: 11)
            let refusal = try clients[0].response().response
            #expect(refusal.verdict == .limited && refusal.reason == .rate)
            #expect(refusal.retryAfterMilliseconds == 66_000)
            #expect(refusal.limits.first?.name == "predict/requests-per-1minute")
            #expect(refusal.policy == server.register.policy.fingerprint)
            try clients[1].check("bob", "/predict", call: 12)
            #expect(try clients[1].response().response.verdict == .allowed)
        }
    }

    @Test func `pipelined calls are answered each once`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect()
            var bytes: [UInt8] = []
            for call in 1...2000 {
                try Frame.appendRequest(.check, call: UInt32(call), to: &bytes) { out throws(WireError) in
                    try MessageEncoder().append(CheckRequest(client: "c\(call % 7)", route: "/predict"), to: &out)
                }
            }
            try client.send(bytes)
            var calls: Set<UInt32> = []
            var allowed = 0
            for _ in 1...2000 {
                let (call, response) = try client.response()
                #expect(calls.insert(call).inserted)
                allowed += response.verdict == .allowed ? 1 : 0
            }
            #expect(calls.count == 2000 && allowed == 70)
        }
    }

    @Test func `a frame may come byte by byte`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect(preface: false)
            var bytes = Array("HGATE/1\n".utf8)
            for call in 1...2 {
                try Frame.appendRequest(.check, call: UInt32(call), to: &bytes) { out throws(WireError) in
                    try MessageEncoder().append(CheckRequest(client: "slow", route: "/predict"), to: &out)
                }
            }
            for byte in bytes { try client.send([byte]) }
            #expect(try client.response().response.limits.first?.remaining == 9)
            #expect(try client.response().response.limits.first?.remaining == 8)
        }
    }

    @Test func `a broken item takes back the whole CheckMany`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect()
            var requests = Array(repeating: CheckRequest(client: "alice", route: "/predict"), count: 4)
            requests[2].limits = [CheckRequest.InlineLimit(rate: "banana")]
            try send(requests, call: 1, on: client)
            let (frame, message) = try client.failure()
            #expect(frame.status == .invalidArgument && frame.kind == FrameKind.checkMany.rawValue)
            #expect(message.hasPrefix("checks[2].limits[0].rate"), "\(message)")
            try client.check("alice", "/predict", call: 2)
            #expect(try client.response().response.limits.first?.remaining == 9)
        }
    }

    @Test func `a CheckMany answers in the order of its questions`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect()
            let requests = (0..<256).map { CheckRequest(client: $0 < 11 ? "alice" : "c\($0)", route: "/predict") }
            try send(requests, call: 7, on: client)
            let (frame, payload) = try client.receive()
            #expect(frame.call == 7)
            let responses = try MessageDecoder().decodeCheckManyResponse(payload.span)
            #expect(responses.count == 256)
            #expect(responses.indices.filter { responses[$0].verdict == .limited } == [10])
        }
    }

    @Test func `a hello is answered with what the daemon takes`() async throws {
        try await RunningServer.with(configure: { $0.maxInFlight = 77 }) { server in
            let client = try server.connect()
            var bytes: [UInt8] = []
            try Frame.appendRequest(.hello, call: 5, to: &bytes) { out throws(WireError) in
                try MessageEncoder().append(Hello(token: "", client: "test/1"), to: &out)
            }
            try client.send(bytes)
            let (frame, payload) = try client.receive()
            let reply = try MessageDecoder().decodeHelloReply(payload.span)
            #expect(frame.call == 5)
            #expect(reply.maxInFlight == 77 && reply.maxFrameBytes == 65_536 && reply.server == "headgate/test")
        }
    }

    @Test(arguments: [0, 1, 64])
    func `a ping comes back as it was`(count: Int) async throws {
        try await RunningServer.with { server in
            let client = try server.connect()
            let content = (0..<count).map { UInt8($0) }
            var bytes: [UInt8] = []
            try Frame.appendRequest(.ping, call: 3, to: &bytes) { out throws(WireError) in out += content }
            try client.send(bytes)
            let (frame, payload) = try client.receive()
            #expect(frame.kind == FrameKind.ping.rawValue && frame.isResponse && payload == content)
        }
    }

    @Test func `a drain says goodbye and closes`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect()
            try client.check("alice", "/predict", call: 1)
            _ = try client.response()
            server.shutDown()
            let (frame, message) = try client.failure()
            #expect(frame.kind == FrameKind.goAway.rawValue && message.contains("drain"))
            #expect(try client.isClosedByPeer())
        }
    }

    @Test func `a new policy acts on the next call of an open connection`() async throws {
        try await RunningServer.with(policy: tenAMinute) { server in
            let client = try server.connect()
            try client.check("alice", "/predict", call: 1)
            let before = try client.response().response
            let next = try Policy.load(Array(tenAMinute.replacing("10 per", with: "12 per").utf8), name: "test")
            server.register.replace(with: next, now: 1)
            try client.check("alice", "/predict", call: 2)
            let after = try client.response().response
            #expect(before.limits.first?.remaining == 9)
            #expect(after.limits.first?.remaining == 10, "what was spent stays spent")
            #expect(after.policy == next.fingerprint && after.policy != before.policy)
        }
    }

    private func send(_ requests: [CheckRequest], call: UInt32, on client: WireClient) throws {
        var bytes: [UInt8] = []
        try Frame.appendRequest(.checkMany, call: call, to: &bytes) { out throws(WireError) in
            try MessageEncoder().append(requests, to: &out)
        }
        try client.send(bytes)
    }
}
