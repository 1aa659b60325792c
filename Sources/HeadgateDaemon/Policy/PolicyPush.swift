import LimitPolicy
import NIOCore
import NIOPosix
import RedisStore

/// Puts a policy into the store, where every daemon with `--policy store` takes it from within two seconds.
package struct PolicyPush {
    private let settings: RedisSettings

    /// The settings are those of `serve` that say where the store is; its secret is not needed.
    package init(_ sources: SettingSources) throws(SettingsError) {
        guard case .redis(let settings) = try StoreSetting(sources, needsSecret: false) else {
            throw SettingsError("--store: a policy is pushed to a shared store such as redis://127.0.0.1:6379")
        }
        self.settings = settings
    }

    /// Writes the text of a policy that was checked and returns its version there.
    package func push(_ text: String) async throws -> Int64 {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let version = try await push(text, on: group.next())
            try await group.shutdownGracefully()
            return version
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private func push(_ text: String, on loop: any EventLoop) async throws -> Int64 {
        let store = try RedisStore(settings) { _ in }
        let control = try await loop.submit {
            NIOLoopBound(store.makeControl(loop, clock: Clocks.monotonic), eventLoop: loop)
        }.get()
        let ready = store.whenReady(on: loop)
        let deadline = loop.scheduleTask(in: .seconds(5)) {
            throw StoreError(.timeout, "\(settings.url) does not answer")
        }
        ready.whenComplete { _ in deadline.cancel() }
        let written = ready.hop(to: loop).flatMap { control.value.write(StoredPolicy.document, text) }
        let outcome = try await first(of: written, deadline.futureResult, on: loop)
        try await loop.submit { control.value.stop() }.get()
        switch outcome {
        case .done(let version), .conflict(let version): return version
        }
    }

    /// What was written, or the problem of the deadline where that comes first.
    private func first(
        of written: EventLoopFuture<RedisControl.Written>,
        _ deadline: EventLoopFuture<Void>,
        on loop: any EventLoop
    ) async throws -> RedisControl.Written {
        let promise = loop.makePromise(of: RedisControl.Written.self)
        written.whenComplete { promise.completeWith($0) }
        deadline.whenFailure { error in
            if error is StoreError { promise.fail(error) }
        }
        return try await promise.futureResult.get()
    }
}
