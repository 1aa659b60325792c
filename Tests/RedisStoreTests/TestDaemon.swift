import NIOCore
import NIOPosix
import RedisStore
import Synchronization

@testable import LimitCore

/// A daemon's part of a store: an event loop, a lane on it, and what the store reported.
final class TestDaemon: Sendable {
    let store: RedisStore
    let events: Events
    private let group: MultiThreadedEventLoopGroup
    let loop: any EventLoop
    private let lane: NIOLoopBound<RedisLane>

    init(_ url: String, ready: Bool = true, _ change: (inout RedisSettings) -> Void = { _ in }) async throws {
        var settings = RedisSettings(url: try RedisURL(url), secret: [UInt8](repeating: 42, count: 32))
        change(&settings)
        let events = Events()
        let store = try RedisStore(settings) { events.add($0) }
        self.store = store
        self.events = events
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        self.loop = loop
        lane = try await loop.submit {
            NIOLoopBound(store.makeLane(loop) { Self.now() }, eventLoop: loop)
        }.get()
        guard ready else { return }
        do { try await store.whenReady(on: loop).get() } catch {
            await stop()
            throw error
        }
    }

    static func now() -> Microseconds { Int64(NIODeadline.now().uptimeNanoseconds / 1000) }

    /// Decides checks in one batch. Also says how long it took, in us.
    func decide(_ asks: [Model.Ask], within left: Microseconds = 1_000_000_000) async -> Verdicts {
        let promise = loop.makePromise(of: Verdicts.self)
        let lane = lane
        loop.execute {
            let batch = Seeded(0).batch(asks)
            let start = Self.now()
            for check in batch.deadlines.indices { batch.deadlines[check] = start + left }
            lane.value.decide(batch) { batch in
                guard !batch.results.contains(.pending) else { return }
                promise.succeed(Verdicts(results: batch.results, outcomes: batch.outcomes, took: Self.now() - start))
            }
        }
        do { return try await promise.futureResult.get() } catch { preconditionFailure("a verdict never fails") }
    }

    /// Calls the lane; only on its loop.
    func onLane(_ body: (RedisLane) -> Void) { body(lane.value) }

    func stop() async {
        let lane = lane
        try? await loop.submit { lane.value.stop() }.get()
        try? await group.shutdownGracefully()
    }

    struct Verdicts: Sendable {
        var results: [CheckResult]
        var outcomes: [Outcome]
        var took: Microseconds
    }

    final class Events: Sendable {
        private let list = Mutex<[StoreEvent]>([])
        func add(_ event: StoreEvent) { list.withLock { $0.append(event) } }
        var all: [StoreEvent] { list.withLock { $0 } }
    }
}

/// Runs a test with a daemon and ends it, also where the test fails.
func withDaemon<Result>(
    _ url: String,
    _ change: (inout RedisSettings) -> Void = { _ in },
    _ body: (TestDaemon) async throws -> Result
) async throws -> Result {
    let daemon = try await TestDaemon(url, change)
    do {
        let result = try await body(daemon)
        await daemon.stop()
        return result
    } catch {
        await daemon.stop()
        throw error
    }
}

/// Waits until a condition holds.
func eventually(within seconds: Double = 10, _ what: String, _ holds: () async throws -> Bool) async throws {
    let end = TestDaemon.now() + Microseconds(seconds * 1_000_000)
    while try await !holds() {
        if TestDaemon.now() > end { throw TestFailure("never: \(what)") }
        try await Task.sleep(nanoseconds: 2_000_000)
    }
}

extension Model.Ask {
    /// One charge on one counter.
    static func one(_ counter: Int, _ limit: Limit, cost: Int64 = 1, peek: Bool = false) -> Model.Ask {
        Model.Ask(charges: [(counter: counter, limit: limit, cost: cost, shadow: false)], peek: peek)
    }
}
