import LimitCore
import LimitStoreTesting
import NIOCore
import NIOPosix
import Synchronization

@testable import RedisStore

/// Stores for the conformance suite: each a lane of its own, with its own prefix and its own clock, on one real server.
final class DrivenRedis: Sendable {
    /// A bucket is tracked from its first charge under a lease on, so its sums pass the bound later than in memory.
    static let gaps: Set<Gap> = [.bucketPastBound]

    private let server: RedisServer
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let lanes = Mutex<[NIOLoopBound<RedisLane>]>([])

    private init() throws {
        server = try RedisServer()
        _ = try server.connect()
    }

    /// Runs a part of the suite and ends everything it started.
    static func check(_ body: (StoreConformance) async throws -> Void) async throws {
        let redis = try DrivenRedis()
        do {
            try await body(StoreConformance(except: gaps) { try await redis.makeStore() })
        } catch {
            await redis.stop()
            throw error
        }
        await redis.stop()
    }

    private func makeStore() async throws -> StoreUnderTest {
        let number = lanes.withLock { $0.count }
        var settings = RedisSettings(
            url: try RedisURL("redis://127.0.0.1:\(server.port)"),
            secret: [UInt8](repeating: 42, count: 32)
        )
        settings.prefix = "store-\(number)"
        settings.budget = 60_000_000
        settings.remembersRefusals = false
        let script = try DrivenScript(prefix: settings.prefix)
        let store = try RedisStore(settings, script: script.source) { _ in }
        let loop = group.next()
        let lane = try await loop.submit {
            NIOLoopBound(store.makeLane(loop) { TestDaemon.now() }, eventLoop: loop)
        }.get()
        lanes.withLock { $0.append(lane) }
        try await store.whenReady(on: loop).get()
        let clock = ManualClock()
        let settle: StoreUnderTest.Settle = { operations in
            let promise = loop.makePromise(of: [LeaseResult].self)
            loop.execute {
                lane.value.command(script.setting(clock.now), slot: 0) { _ in }
                lane.value.settle(LeaseBatch(operations)) { promise.succeed($0.results) }
            }
            return try await promise.futureResult.get()
        }
        return StoreUnderTest(clock: clock, settle: settle) { checks in
            let promise = loop.makePromise(of: [Answer].self)
            loop.execute {
                // On the same connection and in front of the call, so the script finds it set.
                lane.value.command(script.setting(clock.now), slot: 0) { _ in }
                lane.value.decide(CheckBatch(checks)) { if $0.isDecided { promise.succeed($0.answers) } }
            }
            return try await promise.futureResult.get()
        }
    }

    private func stop() async {
        let lanes = lanes.withLock { $0 }
        try? await group.next().submit { for lane in lanes { lane.value.stop() } }.get()
        try? await group.shutdownGracefully()
        server.stop()
    }
}
