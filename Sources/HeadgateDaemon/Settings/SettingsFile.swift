import Foundation
import Yams

/// A YAML file of settings, one `name: value` a line, the names those of the flags.
package struct SettingsFile: Sendable {
    package let path: String
    let entries: [String: String]

    /// `names` are the settings there are; any other is an error.
    package init(path: String, text: String, names: Set<String>) throws(SettingsError) {
        self.path = path
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw SettingsError("\(path): \(error)")
        }
        entries = try node.map { node throws(SettingsError) in try Self.entries(of: node, path, names) } ?? [:]
    }

    /// Reads the file, whose names are those of `DaemonSettings`.
    package static func read(_ path: String) throws(SettingsError) -> SettingsFile {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw SettingsError("\(path): cannot be read")
        }
        return try SettingsFile(path: path, text: String(decoding: content, as: UTF8.self), names: DaemonSettings.names)
    }

    private static func entries(
        of node: Node,
        _ path: String,
        _ names: Set<String>
    ) throws(SettingsError) -> [String: String] {
        guard let mapping = node.mapping else {
            if node.null != nil { return [:] }
            throw SettingsError("\(path): is no list of `name: value`")
        }
        var entries: [String: String] = [:]
        for (key, value) in mapping {
            let line = key.mark.map { ":\($0.line)" } ?? ""
            guard let name = key.scalar?.string, names.contains(name) else {
                throw SettingsError("\(path)\(line): there is no setting \"\(key.scalar?.string ?? "?")\"")
            }
            guard let text = value.scalar?.string else {
                throw SettingsError("\(path)\(line): \(name) is no single value")
            }
            entries[name] = text
        }
        return entries
    }
}
