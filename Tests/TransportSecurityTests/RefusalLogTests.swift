import Logging
import NIOCore
import Synchronization
import Testing
import TransportSecurity

@Suite struct RefusalLogTests {
    @Test func `each reason is logged once a second, with what it counts to`() throws {
        let now = Mutex(NIODeadline.uptimeNanoseconds(0))
        let lines = Lines()
        let log = RefusalLog(logger: lines.logger) { now.withLock { $0 } }
        let peer = try SocketAddress(ipAddress: "10.1.2.3", port: 4711)
        for _ in 0..<100 {
            log.note(.tokenUnknown, peer: peer)
            log.note(.certificateExpired, peer: peer)
        }
        #expect(
            lines.all == [
                "token refused it is not in --token-file 10.1.2.3 1",
                "client certificate refused it has expired 10.1.2.3 1",
            ]
        )
        now.withLock { $0 = $0 + .milliseconds(999) }
        log.note(.tokenUnknown, peer: peer)
        #expect(lines.all.count == 2)
        now.withLock { $0 = $0 + .milliseconds(1) }
        log.note(.tokenUnknown, peer: nil)
        #expect(lines.all.last == "token refused it is not in --token-file unknown 102")
        #expect(log.count(of: .tokenUnknown) == 102)
        #expect(log.count(of: .tokenRole) == 0)
    }
}

/// What a logger was told, a line each.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { [self] _ in Handler { line in self.lines.withLock { $0.append(line) } } }
    }

    private struct Handler: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        let write: @Sendable (String) -> Void

        init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let data = event.metadata ?? [:]
            let words = ["access.reason", "access.peer", "access.total"].compactMap { data[$0].map { "\($0)" } }
            write("\(event.message) \(words.joined(separator: " "))")
        }
    }
}
