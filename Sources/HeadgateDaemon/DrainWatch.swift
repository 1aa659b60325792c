import ServiceLifecycle
import Synchronization

/// Knows first that the daemon is told to end, before anything is closed: readiness goes off with it.
final class DrainWatch: Service {
    private let state = Atomic<Bool>(false)
    private let begun: @Sendable () async -> Void

    /// `begun` is called once, when the daemon is told to end.
    init(_ begun: @escaping @Sendable () async -> Void) {
        self.begun = begun
    }

    var isDraining: Bool { state.load(ordering: .acquiring) }

    func run() async throws {
        try? await gracefulShutdown()
        state.store(true, ordering: .releasing)
        await begun()
    }
}
