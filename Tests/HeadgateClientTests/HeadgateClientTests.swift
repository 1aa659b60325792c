import FakeDaemon
import HeadgateClient
import LimitCore
import Synchronization
import Testing
import WireProtocol

/// The client against a daemon on a real socket that does what it should not, or what it should, at bad moments.
@Suite(.timeLimit(.minutes(1)))
struct HeadgateClientTests {
    @Test func `a decision says what the daemon said`() async throws {
        var response = CheckResponse(verdict: .limited)
        response.reason = .rate
        response.retryAfterMilliseconds = 1500
        response.rule = "predict"
        response.message = "slow down"
        response.limits = [
            LimitState(
                name: "predict/r",
                limit: 10,
                remaining: 0,
                resetMilliseconds: 9000,
                windowMilliseconds: 60_000,
                unit: "requests"
            )
        ]
        let daemon = try await FakeDaemon.answering(response)
        let decision = try await withClient(daemon.address) { try await $0.check(client: "alice", route: "/a") }
        #expect(decision.verdict == .limited && decision.reason == .rate && !decision.isAllowed)
        #expect(decision.retryAfter == .milliseconds(1500) && decision.reset == .seconds(9))
        #expect(decision.limit == 10 && decision.remaining == 0)
        #expect(decision.rule == "predict" && decision.message == "slow down")
        #expect(!decision.degraded && decision.outage == nil)
        await daemon.stop()
    }

    @Test func `answers out of order reach the calls they belong to`() async throws {
        let daemon = try await FakeDaemon { frame, payload, peer in
            peer.held.append((frame, payload))
            guard peer.held.count == 32 else { return }
            for call in peer.held.reversed() { peer.answer(call.frame.call, .named(call.payload)) }
        }
        try await withClient(daemon.address) { client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<32 {
                    group.addTask { try await client.check(client: "c\(number)", route: "/a").rule == "c\(number)" }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
        }
        await daemon.stop()
    }

    @Test func `a late answer is nobody's`() async throws {
        let isSeen = Atomic<Bool>(false)
        let daemon = try await FakeDaemon { frame, payload, peer in
            guard frame.kind == FrameKind.check.rawValue else { return }
            isSeen.store(true, ordering: .relaxed)
            peer.held.append((frame, payload))
            guard CheckRequest(encoded: payload)?.client == "second" else { return }
            for call in peer.held { peer.answer(call.frame.call, .named(call.payload)) }
        }
        try await withClient(daemon.address) { client in
            while !isSeen.load(ordering: .relaxed) {
                let first = try await client.check(client: "first", route: "/a", timeout: .milliseconds(20))
                #expect(first.outage?.code == .timedOut && first.degraded)
            }
            let second = try await client.check(client: "second", route: "/a")
            #expect(second.rule == "second")
        }
        await daemon.stop()
    }

    @Test func `a name is tried at all of its addresses`() async throws {
        let daemon = try await FakeDaemon.answering(.ruled("found"))
        let decision = try await withClient("localhost:\(daemon.port)") {
            try await $0.check(client: "alice", route: "/a")
        }
        #expect(decision.rule == "found")
        await daemon.stop()
    }

    @Test func `a frame may come in pieces of one byte`() async throws {
        let daemon = try await FakeDaemon { frame, payload, peer in
            for byte in FakePeer.bytes(frame.call, .named(payload)) { peer.send([byte]) }
        }
        let decision = try await withClient(daemon.address) { try await $0.check(client: "alice", route: "/a") }
        #expect(decision.rule == "alice")
        await daemon.stop()
    }

    @Test(arguments: [
        [UInt8](repeating: 0xFF, count: 64),
        Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
        FakePeer.bytes(0x7FFF_FFFF, CheckResponse(verdict: .allowed)),
        [0, 0, 0, 0, 99, 1, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1],
    ])
    func `garbage drops the link, and the next one is as good as new`(_ garbage: [UInt8]) async throws {
        let isFirst = Once()
        let daemon = try await FakeDaemon { frame, payload, peer in
            if isFirst.take() { peer.send(garbage) } else { peer.answer(frame.call, .named(payload)) }
        }
        try await withClient(daemon.address) { client in
            let first = try await client.check(client: "first", route: "/a")
            #expect(first.outage?.code == .connectionLost && first.isAllowed && first.degraded)
            #expect(try await client.checkUntilDecided(client: "second").rule == "second")
        }
        await daemon.stop()
    }

    @Test func `after a farewell calls in flight are answered, and new ones go over a new connection`() async throws {
        let isFirst = Once()
        let daemon = try await FakeDaemon { frame, payload, peer in
            if isFirst.take() { peer.sayGoodbye() }
            peer.answer(frame.call, .named(payload))
        }
        try await withClient(daemon.address) { client in
            let first = try await client.check(client: "first", route: "/a")
            let second = try await client.checkUntilDecided(client: "second")
            #expect(first.rule == "first" && second.rule == "second")
        }
        await daemon.stop()
    }

    @Test(arguments: [HeadgateClient.Configuration.OnFailure.allow, .refuse])
    func `an outage is decided as configured`(_ onFailure: HeadgateClient.Configuration.OnFailure) async throws {
        let daemon = try await FakeDaemon { _, _, peer in peer.close() }
        let decision = try await withClient(daemon.address, { $0.onFailure = onFailure }) {
            try await $0.check(client: "alice", route: "/a")
        }
        #expect(decision.degraded && decision.outage?.code == .connectionLost)
        #expect(decision.verdict == (onFailure == .allow ? .allowed : .unavailable))
        await daemon.stop()
    }

    @Test func `without a daemon a call is decided at once`() async throws {
        let daemon = try await FakeDaemon { _, _, _ in }
        await daemon.stop()
        let decision = try await withClient(daemon.address) { try await $0.check(client: "alice", route: "/a") }
        #expect(decision.outage?.code == .unreachable && decision.isAllowed)
        #expect(decision.outage?.message == "cannot connect to \(daemon.address): Connection refused")
    }

    @Test func `a server that never greets back costs no more than the timeout`() async throws {
        let daemon = try await FakeDaemon(greets: false) { _, _, _ in }
        let decision = try await withClient(daemon.address, { $0.connectTimeout = .seconds(30) }) {
            try await $0.check(client: "alice", route: "/a", timeout: .milliseconds(30))
        }
        #expect(decision.outage?.code == .timedOut)
        await daemon.stop()
    }

    @Test func `a daemon that falls silent is dialed again`() async throws {
        let isFirst = Once()
        let daemon = try await FakeDaemon { frame, payload, peer in
            if isFirst.take() { peer.held.append((frame, payload)) }
            if peer.held.isEmpty { peer.answer(frame.call, .named(payload)) }
        }
        try await withClient(daemon.address, { $0.connectTimeout = .milliseconds(50) }) { client in
            let first = try await client.check(client: "first", route: "/a", timeout: .milliseconds(20))
            #expect(first.outage?.code == .timedOut)
            while try await client.check(client: "second", route: "/a", timeout: .milliseconds(20)).outage != nil {}
        }
        await daemon.stop()
    }

    @Test func `the token travels in the greeting, and its refusal is an outage that says so`() async throws {
        let daemon = try await FakeDaemon(greets: false) { frame, payload, peer in
            let hello = try? MessageDecoder(arenaBytes: 64 << 10).decodeHello(payload.span)
            let words = hello?.token == "s3cret" ? "seen" : "not seen"
            peer.fail(.hello, frame.call, .unauthenticated, words)
        }
        let decision = try await withClient(daemon.address, { $0.token = "s3cret" }) {
            try await $0.check(client: "alice", route: "/a")
        }
        #expect(decision.outage?.code == .refusedToken)
        #expect(decision.outage?.message.contains(": seen") == true)
        await daemon.stop()
    }

    @Test func `what the daemon finds wrong is thrown in its words`() async throws {
        let daemon = try await FakeDaemon { frame, _, peer in
            peer.fail(.check, frame.call, .invalidArgument, "limits[0].rate is not a rate")
        }
        try await withClient(daemon.address) { client in
            let expected = HeadgateError(code: .invalidArgument, message: "limits[0].rate is not a rate")
            await #expect(throws: expected) {
                try await client.check(client: "alice", route: "/a", limits: ["banana"])
            }
        }
        await daemon.stop()
    }

    @Test func `a call carries its deadline`() async throws {
        let seen = Atomic<UInt16>(0)
        let daemon = try await FakeDaemon { frame, payload, peer in
            seen.store(frame.detail, ordering: .relaxed)
            peer.answer(frame.call, .named(payload))
        }
        _ = try await withClient(daemon.address) {
            try await $0.check(client: "alice", route: "/a", timeout: .seconds(30))
        }
        #expect((1...30_000).contains(seen.load(ordering: .relaxed)))
        await daemon.stop()
    }

    @Test func `a client's calls go to one daemon, and to the next while it is down`() async throws {
        let daemons = [
            try await FakeDaemon.answering(.ruled("0")), try await FakeDaemon.answering(.ruled("1")),
        ]
        try await withClient("\(daemons[0].address),\(daemons[1].address)") { client in
            var homes: [String: String] = [:]
            for number in 0..<64 {
                homes["c\(number)"] = try await client.checkUntilDecided(client: "c\(number)").rule
            }
            #expect(Set(homes.values) == ["0", "1"])
            for (name, home) in homes { #expect(try await client.check(client: name, route: "/a").rule == home) }
        }
        await daemons[0].stop()
        try await withClient("\(daemons[0].address),\(daemons[1].address)") { client in
            for number in 0..<16 {
                let decision = try await client.checkUntilDecided(client: "c\(number)")
                #expect(decision.rule == "1")
            }
        }
        await daemons[1].stop()
    }

    @Test(arguments: [
        ("", "/a", "client is empty"),
        ("alice", "", "route is empty"),
        (String(repeating: "a", count: 513), "/a", "client is longer than 512 bytes"),
        ("al\0ice", "/a", "client contains a control character"),
    ])
    func `wrong arguments are thrown before anything is sent`(_ row: (String, String, String)) async throws {
        let client = try HeadgateClient(addresses: "127.0.0.1:1")
        await #expect(throws: HeadgateError(code: .invalidArgument, message: row.2)) {
            try await client.check(client: row.0, route: row.1)
        }
    }

    @Test func `a token is never printed`() {
        var configuration = HeadgateClient.Configuration()
        configuration.token = "s3cret"
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration)\(dumped)".contains("s3cret"))
    }
}

/// True once.
private final class Once: Sendable {
    private let isTaken = Atomic<Bool>(false)

    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
}

extension CheckResponse {
    /// Allows, by a rule of the given name.
    fileprivate static func ruled(_ rule: String) -> CheckResponse {
        var response = CheckResponse(verdict: .allowed)
        response.rule = rule
        return response
    }

    /// Allows, by a rule named for the client that asks.
    fileprivate static func named(_ payload: [UInt8]) -> CheckResponse {
        ruled(CheckRequest(encoded: payload)?.client ?? "?")
    }
}
