package import DecisionService
import Foundation

/// The file of the tokens that are valid.
package struct TokenFile: Sendable, Equatable {
    package var path: String
    /// Where the path was given, for errors: `--token-file`.
    package var origin: String

    package init(path: String, origin: String) {
        self.path = path
        self.origin = origin
    }

    /// Larger files are refused without being read.
    private static let largest = 1 << 20

    /// Reads the tokens as they are now. No error quotes the file.
    package func load() throws(SettingsError) -> TokenSet {
        let content: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            content = try handle.read(upToCount: Self.largest + 1) ?? Data()
        } catch {
            throw SettingsError("\(origin): \(path) cannot be read: \(error.localizedDescription)")
        }
        if content.count > Self.largest { throw SettingsError("\(origin): \(path) is larger than 1 MiB") }
        do throws(TokenSet.Problem) {
            return try TokenSet(String(decoding: content, as: UTF8.self))
        } catch {
            let place = error.line.map { "\(path):\($0)" } ?? path
            throw SettingsError("\(origin): \(place) \(error.words)")
        }
    }
}
