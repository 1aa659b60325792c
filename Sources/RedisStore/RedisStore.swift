internal import Crypto
package import LimitCore
package import NIOCore
import Synchronization

/// Counters in Redis: any number of daemons on one Redis enforce one set of limits.
///
/// This is what the lanes of a daemon share. Each event loop makes itself a lane, which is the `LimitStore`.
package final class RedisStore: Sendable {
    let settings: RedisSettings
    let dialer: RedisDialer
    let greeting: Greeting
    package let health: StoreHealth
    private let state: Mutex<State>

    private struct State {
        var warnings: Set<String> = []
        var firstError: StoreError?
        var waiters: [EventLoopPromise<Void>] = []
        var isReady = false
    }

    /// - Parameter report: called at transitions, from any thread.
    package convenience init(
        _ settings: RedisSettings,
        report: @escaping @Sendable (StoreEvent) -> Void
    ) throws(StoreError) {
        try self.init(settings, script: DecisionScript.source, report: report)
    }

    /// A store that decides with a script given: a test's copy, whose clock the test drives.
    init(
        _ settings: RedisSettings,
        script: String,
        report: @escaping @Sendable (StoreEvent) -> Void
    ) throws(StoreError) {
        guard settings.secret.count >= 16 else {
            throw StoreError(.settings, "the deployment's secret is shorter than 16 bytes")
        }
        self.settings = settings
        dialer = try RedisDialer(settings)
        var greeting = Greeting(user: settings.url.user, password: settings.url.password)
        greeting.database = settings.url.database
        if case .cluster = settings.url.topology { greeting.expectsCluster = true }
        greeting.script = script
        self.greeting = greeting
        health = StoreHealth(report: report)
        state = Mutex(State())
    }

    /// Makes the lane of an event loop and connects it; called on that loop.
    package func makeLane(_ loop: any EventLoop, clock: @escaping () -> Microseconds) -> RedisLane {
        loop.preconditionInEventLoop()
        return RedisLane(store: self, settings: settings, loop: loop, clock: clock)
    }

    func makeKeys() -> CounterKeys {
        CounterKeys(prefix: settings.prefix, secret: SymmetricKey(data: settings.secret))
    }

    /// A warning, told once however many lanes see it.
    func warn(_ text: String) {
        if state.withLock({ $0.warnings.insert(text).inserted }) { health.note(.warning(text)) }
    }

    /// The server answered the script with an error; told once per kind.
    func refused(_ word: String) { warn("Redis answers \(word) to the script") }

    func linkIsReady() {
        let waiters = state.withLock { state in
            state.isReady = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.succeed() }
    }

    /// A server that will not do however often it is asked is an error of the start.
    func linkIsClosed(_ error: StoreError, wasReady: Bool) {
        guard !wasReady else { return }
        switch error.code {
        case .tooOld, .refused, .settings: break
        case .unfit, .connection, .protocolViolation, .timeout: return
        }
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.fail(error) }
    }

    /// Succeeds when a lane's connection is ready, fails where the server is too old or refuses this daemon.
    ///
    /// A server that cannot be reached is waited for: a daemon may start before its store.
    package func whenReady(on loop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        let isReady = state.withLock { state in
            if !state.isReady { state.waiters.append(promise) }
            return state.isReady
        }
        if isReady { promise.succeed() }
        return promise.futureResult
    }
}
