import NIOCore
import NIOPosix
import RedisStore

/// A short visit to the control documents of a shared store, on a loop of its own.
struct ControlSession {
    let settings: RedisSettings
    /// How long the store is waited for.
    static let patience = TimeAmount.seconds(5)

    /// Connects, carries out `work` on the loop, and closes the connections.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable (RedisControl) -> EventLoopFuture<Value>
    ) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let value = try await run(on: group.next(), work)
            try await group.shutdownGracefully()
            return value
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private func run<Value: Sendable>(
        on loop: any EventLoop,
        _ work: @escaping @Sendable (RedisControl) -> EventLoopFuture<Value>
    ) async throws -> Value {
        let store = try RedisStore(settings) { _ in }
        let control = try await loop.submit {
            NIOLoopBound(store.makeControl(loop, clock: Clocks.monotonic), eventLoop: loop)
        }.get()
        let outcome = loop.makePromise(of: Value.self)
        let deadline = loop.scheduleTask(in: Self.patience) {
            outcome.fail(StoreError(.timeout, "\(settings.url) does not answer"))
        }
        let done = store.whenReady(on: loop).hop(to: loop).flatMap { work(control.value) }
        done.whenComplete { result in
            deadline.cancel()
            outcome.completeWith(result)
        }
        do {
            let value = try await outcome.futureResult.get()
            try await loop.submit { control.value.stop() }.get()
            return value
        } catch {
            try await loop.submit { control.value.stop() }.get()
            throw error
        }
    }
}
