import ServiceLifecycle
import Synchronization

/// Whether the daemon takes new work. It goes off first when the daemon is told to end, before anything is closed.
final class Readiness: Service {
    private let state = Atomic<Bool>(true)

    var isReady: Bool { state.load(ordering: .acquiring) }

    func run() async throws {
        try? await gracefulShutdown()
        state.store(false, ordering: .releasing)
    }
}
