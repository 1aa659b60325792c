import Foundation
import Synchronization
import Testing

@testable import HeadgateDaemon

@Suite struct FileWatchTests {
    /// Files of a test, and how often a watch has asked for them to be read.
    private final class Watched: Sendable {
        let paths: [String]
        let reads = Mutex<[String]>([])

        init(_ names: [String]) throws {
            let directory = NSTemporaryDirectory() + "headgate-watch-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            paths = names.map { "\(directory)/\($0)" }
            for path in paths { try write("first", to: path) }
        }

        deinit { for path in paths { try? FileManager.default.removeItem(atPath: path) } }

        func write(_ text: String, to path: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        }

        var watch: FileWatch { FileWatch(paths: paths) { reason in self.reads.withLock { $0.append(reason) } } }
        var count: Int { reads.withLock { $0.count } }
    }

    @Test func `files that belong together are read once, when all have kept still`() throws {
        let files = try Watched(["certificate", "key"])
        let watch = files.watch
        watch.look()
        #expect(files.count == 0)
        try files.write("second", to: files.paths[0])
        watch.look()
        #expect(files.count == 0)
        try files.write("second", to: files.paths[1])
        watch.look()
        #expect(files.count == 0)
        watch.look()
        #expect(files.count == 1)
        watch.look()
        #expect(files.count == 1)
        #expect(files.reads.withLock { $0 } == ["change"])
    }

    @Test func `a symbolic link that gets another target is a change`() throws {
        let files = try Watched(["one", "two"])
        let link = files.paths[0] + ".link"
        defer { try? FileManager.default.removeItem(atPath: link) }
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: files.paths[0])
        let reads = Atomic<Int>(0)
        let watch = FileWatch(paths: [link]) { _ in reads.add(1, ordering: .relaxed) }
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: files.paths[1])
        watch.look()
        watch.look()
        #expect(reads.load(ordering: .relaxed) == 1)
    }

    @Test func `a file that goes and comes back is read when it is back`() throws {
        let files = try Watched(["tokens"])
        let watch = files.watch
        try FileManager.default.removeItem(atPath: files.paths[0])
        watch.look()
        try files.write("second", to: files.paths[0])
        watch.look()
        watch.look()
        #expect(files.count == 1)
    }
}
