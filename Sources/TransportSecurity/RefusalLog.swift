package import Logging
package import NIOCore
import Synchronization

/// Counts who was not let in, and logs each reason at most once a second: with the peer's address, and never with
/// anything that the peer has sent.
package final class RefusalLog: Sendable {
    private struct Entry {
        var count = 0
        var last: NIODeadline?
    }

    private let entries = Mutex<[Refusal: Entry]>([:])
    private let logger: Logger
    private let clock: @Sendable () -> NIODeadline

    /// - Parameter clock: that of the time that passes.
    package init(logger: Logger, clock: @escaping @Sendable () -> NIODeadline = { .now() }) {
        self.logger = logger
        self.clock = clock
    }

    /// How often a peer was refused for this reason.
    package func count(of refusal: Refusal) -> Int { entries.withLock { $0[refusal]?.count ?? 0 } }

    package func note(_ refusal: Refusal, peer: SocketAddress?) {
        let now = clock()
        let total: Int? = entries.withLock { entries in
            var entry = entries[refusal] ?? Entry()
            entry.count += 1
            let isQuiet = entry.last.map { now - $0 < .seconds(1) } ?? false
            if !isQuiet { entry.last = now }
            entries[refusal] = entry
            return isQuiet ? nil : entry.count
        }
        guard let total else { return }
        logger.log(
            level: refusal.isNoteworthy ? .warning : .debug,
            "\(refusal.message)",
            metadata: [
                "access.peer": "\(peer.map(\.plain) ?? "unknown")",
                "access.reason": "\(refusal.reason)",
                "access.total": "\(total)",
            ]
        )
    }
}

extension SocketAddress {
    /// The address without its port and the name it was looked up by.
    fileprivate var plain: String { ipAddress ?? "\(self)" }
}
