import LimitCore
import NIOCore
import NIOPosix
import RedisStore

/// One event loop with one lane, as a daemon has it.
final class BenchLane: Sendable {
    private let store: RedisStore
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop
    private let lane: NIOLoopBound<RedisLane>

    init(_ url: String) async throws {
        var settings = RedisSettings(url: try RedisURL(url), secret: [UInt8](repeating: 42, count: 32))
        settings.budget = 1_000_000
        let store = try RedisStore(settings) { _ in }
        let loop = group.next()
        self.store = store
        self.loop = loop
        lane = try await loop.submit {
            NIOLoopBound(store.makeLane(loop) { Self.now() }, eventLoop: loop)
        }.get()
        try await store.whenReady(on: loop).get()
    }

    /// Script calls that were answered so far.
    var calls: Int { store.health.snapshot.calls }

    /// Runs a workload to its end; how long each answer took, in us.
    func run(_ workload: Workload, count: Int) async throws -> [Microseconds] {
        let promise = loop.makePromise(of: [Microseconds].self)
        loop.execute {
            let run = Run(workload, count: count, promise: promise)
            for _ in 0..<workload.connections { self.ask(run, CheckBatch()) }
        }
        return try await promise.futureResult.get()
    }

    func stop() async {
        let lane = lane
        try? await loop.submit { lane.value.stop() }.get()
        try? await group.shutdownGracefully()
    }

    private static func now() -> Microseconds { Int64(NIODeadline.now().uptimeNanoseconds / 1000) }

    private func ask(_ run: Run, _ batch: CheckBatch) {
        let start = Self.now()
        guard run.next(batch, now: start) else { return }
        lane.value.decide(batch) { batch in
            guard !batch.results.contains(.pending) else { return }
            run.answered(batch.results.count, after: Self.now() - start)
            self.loop.assumeIsolated().execute { self.ask(run, batch) }
        }
    }
}
