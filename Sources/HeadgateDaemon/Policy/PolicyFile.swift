import Foundation
package import LimitPolicy

/// A policy on disk.
package struct PolicyFile: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Larger files are refused without being read.
    static let largest = 16 << 20

    /// Reads and compiles the file. The error says in a line for each problem where it is.
    package func load() throws -> Policy {
        try Policy.load(try bytes(), name: path)
    }

    /// What tells one content from another without reading it.
    struct Stamp: Equatable {
        var modified: Date?
        var size: Int?
        var file: Int?
    }

    /// nil where there is no such file.
    var stamp: Stamp? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved) else { return nil }
        return Stamp(
            modified: attributes[.modificationDate] as? Date,
            size: attributes[.size] as? Int,
            file: attributes[.systemFileNumber] as? Int
        )
    }

    /// Mounted configurations are symbolic links that change their target.
    private var resolved: String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    private func bytes() throws -> [UInt8] {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        } catch {
            throw SettingsError("\(path): cannot be read (\(error.localizedDescription))")
        }
        defer { try? handle.close() }
        let content = try handle.read(upToCount: Self.largest + 1) ?? Data()
        if content.count > Self.largest { throw SettingsError("\(path): is larger than 16 MiB") }
        return [UInt8](content)
    }
}
