import LimitCore
import LimitStore
import NIOCore
import Testing
import WireProtocol

@testable import RPCServer

/// Envoy's rate limit service as Envoy sees it.
@Suite(.timeLimit(.minutes(1))) struct RateLimitServiceTests {
    static let method = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"
    static let routes = """
        clients: { crawler: { blocked: true, message: Ask for a key } }
        routes:
          - { name: key, match: { descriptor: api_key }, limits: [ 10 per minute ] }
          - { name: model, match: { descriptor: model }, limits: [ { name: all, rate: 2 per 2 minutes, per: [] } ] }
        """

    private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }

    private func descriptor(_ key: String, _ value: String, rest: [UInt8] = []) -> [UInt8] {
        field(2, field(1, field(1, Array(key.utf8)) + field(2, Array(value.utf8))) + rest)
    }

    private func ask(
        _ peer: HTTP2Peer,
        _ stream: UInt32,
        _ descriptors: [UInt8]...,
        changes: [String: String?] = [:]
    ) throws -> GRPCAnswer {
        let message = HTTP2Peer.message(field(1, Array("edge".utf8)) + descriptors.flatMap { $0 })
        try peer.send(HTTP2Peer.headers(stream, Self.method, changes), HTTP2Peer.data(stream, message))
        return try peer.answer(stream)
    }

    private func allowed(_ name: String, _ limit: UInt64, left: UInt64, minutes: UInt64 = 1) -> CheckResponse {
        var decision = CheckResponse(verdict: .allowed)
        decision.rule = "any"
        // A sliding window is whole again after two of them; one that was not charged is whole.
        let reset = left == limit ? 0 : 120_000 * minutes
        decision.limits = [
            LimitState(
                name: name,
                limit: limit,
                remaining: left,
                resetMilliseconds: reset,
                windowMilliseconds: 60_000 * minutes,
                unit: "requests"
            )
        ]
        return decision
    }

    private func refused(_ decision: CheckResponse, wait: UInt64) -> CheckResponse {
        var decision = decision
        decision.verdict = .limited
        decision.reason = .rate
        decision.retryAfterMilliseconds = wait
        return decision
    }

    private func expect(
        _ answer: GRPCAnswer,
        _ decisions: CheckResponse...,
        headers: [(String, String)] = []
    ) {
        var expected = RateLimitAnswer(decisions)
        expected.headers = headers
        var bytes: [UInt8] = []
        bytes.append(expected)
        #expect(answer.status == .ok)
        #expect(answer.data == HTTP2Peer.message(bytes))
    }

    @Test func `descriptors are one request, in their order, and a refusal of one charges none`() async throws {
        try await RunningServer.with(policy: "envoy: { client: [api_key] }\n" + Self.routes) { server in
            let peer = try HTTP2Peer(port: server.port)
            let (key, model) = (descriptor("api_key", "alice"), descriptor("model", "m"))
            for (call, left) in [(1, 1), (3, 0)] as [(UInt32, UInt64)] {
                let answer = try ask(peer, call, key, model)
                expect(answer, allowed("", 10, left: left + 8), allowed("model/all", 2, left: left, minutes: 2))
            }
            let model2 = refused(allowed("model/all", 2, left: 0, minutes: 2), wait: 180_000)
            expect(try ask(peer, 5, model, key), model2, allowed("", 10, left: 8))
            var forbidden = CheckResponse(verdict: .forbidden)
            forbidden.message = "Ask for a key"
            expect(try ask(peer, 7, key, descriptor("api_key", "crawler")), allowed("", 10, left: 8), forbidden)
            expect(try ask(peer, 9, key), allowed("", 10, left: 7))
        }
    }

    @Test(
        arguments: [
            ("off", [], []),
            (
                "x-ratelimit",
                ["x-ratelimit-limit: 2", "x-ratelimit-remaining: 1", "x-ratelimit-reset: 240"],
                ["x-ratelimit-limit: 2", "x-ratelimit-remaining: 1", "x-ratelimit-reset: 240", "retry-after: 240"]
            ),
            (
                "ietf",
                ["ratelimit-policy: \"model/all\";q=2;w=120", "ratelimit: \"model/all\";r=1;t=240"],
                ["ratelimit-policy: \"model/all\";q=2;w=120", "ratelimit: \"model/all\";r=1;t=240", "retry-after: 240"]
            ),
        ] as [(String, [String], [String])]
    )
    func `headers come as the policy asks`(style: String, passed: [String], stopped: [String]) async throws {
        let policy = "envoy: { client: [api_key], headers: \(style) }\n" + Self.routes
        try await RunningServer.with(policy: policy) { server in
            let peer = try HTTP2Peer(port: server.port)
            func pairs(_ lines: [String]) -> [(String, String)] {
                lines.map { line in
                    let colon = line.firstIndex(of: ":") ?? line.endIndex
                    return (String(line[..<colon]), String(line[colon...].dropFirst(2)))
                }
            }
            let key = descriptor("api_key", "alice")
            let one = try ask(peer, 1, key, descriptor("model", "m"))
            let model = allowed("model/all", 2, left: 1, minutes: 2)
            expect(one, allowed("", 10, left: 9), model, headers: pairs(passed))
            // Of the refusal, though the key was asked first.
            let two = try ask(peer, 3, key, descriptor("model", "m", rest: field(3, [8, 2])))
            expect(two, allowed("", 10, left: 9), refused(model, wait: 240_000), headers: pairs(stopped))
        }
    }

    @Test func `what cannot be answered has a status that tells why`() async throws {
        try await RunningServer.with(policy: "envoy: { client: [api_key] }\n" + Self.routes) { server in
            let peer = try HTTP2Peer(port: server.port)
            let key = descriptor("api_key", "alice")
            let negative = try ask(peer, 1, key, descriptor("model", "m", rest: [0x20, 1]))
            #expect(negative.status == .invalidArgument)
            #expect(negative.message == "descriptors[1].is_negative_hits is not taken by this policy")
            let broken = try ask(peer, 3, key, descriptor("model", "m", rest: field(2, [8, 9])))
            #expect(broken.status == .invalidArgument)
            #expect(broken.message?.contains("descriptors[1].limit.unit") == true)
            let late = try ask(peer, 5, key, changes: ["grpc-timeout": "0n"])
            #expect(late.status == .deadlineExceeded)
            expect(try ask(peer, 7, key), allowed("", 10, left: 9))
        }
    }

    @Test func `hits are given back where the policy takes that`() async throws {
        let policy = "envoy: { client: [api_key], negative-hits: true }\n" + Self.routes
        try await RunningServer.with(policy: policy) { server in
            let peer = try HTTP2Peer(port: server.port)
            let key = { self.descriptor("api_key", "alice", rest: self.field(3, [8, $0]) + $1) }
            expect(try ask(peer, 1, key(7, [])), allowed("", 10, left: 3))
            expect(try ask(peer, 3, key(4, [0x20, 1])), allowed("", 10, left: 7))
            let model = refused(allowed("model/all", 2, left: 2, minutes: 2), wait: 0)
            let large = try ask(peer, 5, key(2, [0x20, 1]), descriptor("model", "m", rest: field(3, [8, 3])))
            expect(large, allowed("", 10, left: 7), never(model))
            expect(try ask(peer, 7, key(100, [0x20, 1])), allowed("", 10, left: 10))
        }
    }

    private func never(_ decision: CheckResponse) -> CheckResponse {
        var decision = decision
        decision.never = true
        decision.reason = .costTooLarge
        return decision
    }

    @Test func `a store that is out is UNAVAILABLE where the rule refuses`() async throws {
        let policy = "routes: [ { name: all, on-store-failure: refuse, limits: [ 10 per minute ] } ]"
        try await RunningServer.with(policy: policy, store: OutStore()) { server in
            let peer = try HTTP2Peer(port: server.port)
            let answer = try ask(peer, 1, descriptor("a", "b"), descriptor("c", "d"))
            #expect(answer.status == .unavailable && answer.data.isEmpty)
        }
    }

    @Test func `reflection and health tell of it`() async throws {
        try await RunningServer.with { server in
            let peer = try HTTP2Peer(port: server.port)
            let name = Array("envoy.service.ratelimit.v3.RateLimitService".utf8)
            let health = HTTP2Peer.message(field(1, name))
            try peer.send(HTTP2Peer.headers(1, "/grpc.health.v1.Health/Check"), HTTP2Peer.data(1, health))
            #expect(try peer.answer(1).data == [0, 0, 0, 0, 2, 8, 1])
            let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
            try peer.send(HTTP2Peer.headers(3, path), HTTP2Peer.data(3, HTTP2Peer.message(field(4, name))))
            let file = String(decoding: try peer.answer(3).data, as: UTF8.self)
            #expect(file.contains("envoy/service/ratelimit/v3/rls.proto") && file.contains("ShouldRateLimit"))
        }
    }
}

/// A store that never knows.
private final class OutStore: LimitStore, Sendable {
    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        batch.prepareForStore()
        for check in batch.results.indices { batch.results[check] = .unknown }
        reply(batch)
    }

    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        for index in batch.results.indices { batch.results[index] = .unknown }
        reply(batch)
    }
}
