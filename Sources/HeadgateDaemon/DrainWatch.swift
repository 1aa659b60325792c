import ServiceLifecycle
import Synchronization

/// Knows first that the daemon is told to end, before anything is closed: readiness goes off with it.
final class DrainWatch: Service {
    private let state = Atomic<Bool>(false)

    var isDraining: Bool { state.load(ordering: .acquiring) }

    func run() async throws {
        try? await gracefulShutdown()
        state.store(true, ordering: .releasing)
    }
}
