/// Why a Redis store cannot be used: a setting that is wrong, or a server that is not fit.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The URL or one of the files beside it is wrong.
        case settings
        /// Connecting or the TLS handshake failed, or the connection broke.
        case connection
        /// The server refused user, password, database or a command of the handshake.
        case refused
        /// Neither Redis 7 or newer nor Valkey.
        case tooOld
        /// A replica, a server that is loading, or one of another kind than the URL says.
        case unfit
        /// Bytes that are no reply, or a reply that nobody asked for.
        case protocolViolation
        /// No reply in time.
        case timeout
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
