/// Why a command failed: what standard error gets to see, and the exit code.
package struct CommandFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence; of a list, a line for each.
    package var message: String
    package var code: Int32
    /// The message is lines that other programs read: nothing is put before them.
    package var isList = false

    /// The exit code of every error, an outage included.
    package static let usual: Int32 = 2

    package init(_ message: String, code: Int32 = usual) {
        self.message = message
        self.code = code
    }

    /// A list of problems, one a line.
    package init(lines: String, code: Int32 = usual) {
        self.init(lines, code: code)
        isList = true
    }

    package var description: String { message }
}
