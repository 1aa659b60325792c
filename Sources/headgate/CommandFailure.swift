/// Why a command failed: one sentence for standard error, and the exit code.
package struct CommandFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    package var code: Int32

    /// The exit code of every error, an outage included.
    package static let usual: Int32 = 2

    package init(_ message: String, code: Int32 = usual) {
        self.message = message
        self.code = code
    }

    package var description: String { message }
}
