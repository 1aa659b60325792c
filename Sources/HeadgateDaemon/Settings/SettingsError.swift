/// A setting that cannot be used: one line that names the flag, variable or key it came by.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}
