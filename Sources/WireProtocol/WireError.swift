package import LimitCore

/// Why bytes from a peer are no message, or why a message cannot be sent.
package struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
    package var code: StatusCode
    /// For the caller: names the field, holds no value of it but keys and units.
    package var message: String

    package init(_ code: StatusCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The caller's mistake in one field.
    package init(_ invalid: InvalidField) {
        self.init(.invalidArgument, invalid.description)
    }

    package var description: String { "\(code): \(message)" }
}
