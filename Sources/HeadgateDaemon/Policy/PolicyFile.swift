import Foundation
package import LimitPolicy
import TransportSecurity

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

    /// nil where there is no such file.
    var stamp: FileStamp? { FileStamp(path: path) }

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
