/// Files or names that no TLS can be made of: one line that names the setting, the file and what is wrong with it.
package struct TLSProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}
