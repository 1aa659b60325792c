import LimitStore
import ServiceLifecycle

/// Has the memory store forget counters that no longer count, also when nobody calls.
struct MemoryUpkeep: Service {
    let store: MemoryStore

    func run() async throws {
        for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() { store.sweep() }
    }
}
