import RedisStore
import Synchronization

/// The operators' document of a daemon that shares nothing: in memory, and on disk where there is a state directory.
final class MemoryDocuments: ControlDocuments {
    private let file: StateFile?
    private let document: Mutex<(version: Int64, content: [UInt8])>

    /// - Parameter content: what an earlier run kept; nil for nothing.
    init(_ file: StateFile?, content: [UInt8]?) {
        self.file = file
        document = Mutex((version: content == nil ? 0 : 1, content: content ?? []))
    }

    func read(known: Int64) async throws -> RedisControl.Document {
        document.withLock { document in
            RedisControl.Document(
                version: document.version,
                content: document.version == known ? nil : document.content
            )
        }
    }

    func write(_ content: [UInt8], over version: Int64, atLeast least: Int64) async throws -> RedisControl.Written {
        try document.withLock { document in
            guard document.version == version else { return .conflict(version: document.version) }
            try file?.write(content)
            document = (max(version + 1, least), content)
            return .done(version: document.version)
        }
    }
}
