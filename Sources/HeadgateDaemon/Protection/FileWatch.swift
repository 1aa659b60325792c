import ServiceLifecycle
import Synchronization
import TransportSecurity
import UnixSignals

/// Looks at files once a second and tells when they have changed, or when SIGHUP asks for them to be read.
///
/// Files that belong together change one after the other: they are read once they have kept still for a second.
final class FileWatch: Service {
    private struct Seen {
        var stamps: [FileStamp?]
        var isPending = false
    }

    private let paths: [String]
    private let reload: @Sendable (String) -> Void
    private let seen: Mutex<Seen>

    /// `reload` is given the reason.
    init(paths: [String], reload: @escaping @Sendable (String) -> Void) {
        self.paths = paths
        self.reload = reload
        seen = Mutex(Seen(stamps: paths.map { FileStamp(path: $0) }))
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followSignals() }
            group.addTask {
                for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() { self.look() }
            }
            await group.waitForAll()
        }
    }

    private func followSignals() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            reload("SIGHUP")
        }
    }

    /// Called about once a second.
    func look() {
        let stamps = paths.map { FileStamp(path: $0) }
        let isDue = seen.withLock { seen in
            let hasChanged = stamps != seen.stamps
            defer {
                seen.stamps = stamps
                seen.isPending = hasChanged
            }
            return seen.isPending && !hasChanged
        }
        if isDue { reload("change") }
    }
}
