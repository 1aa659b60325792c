import Foundation

/// What tells one content of a file from another without reading it.
struct FileStamp: Equatable {
    private var modified: Date?
    private var size: Int?
    private var file: Int?

    /// nil where there is no such file. Mounted files are symbolic links that change their target.
    init?(path: String) {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved) else { return nil }
        modified = attributes[.modificationDate] as? Date
        size = attributes[.size] as? Int
        file = attributes[.systemFileNumber] as? Int
    }
}
