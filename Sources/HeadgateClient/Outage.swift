/// Why a decision was made without a daemon.
public struct Outage: Sendable, Hashable, CustomStringConvertible {
    /// What kind of outage it is. More may come: have a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case unreachable
            case timedOut
            case connectionLost
            case tooManyCalls
            case refusedToken
            case failed
            case stopped
        }

        private let kind: Kind

        /// No daemon could be connected to.
        public static let unreachable = Code(kind: .unreachable)
        /// No answer came in time.
        public static let timedOut = Code(kind: .timedOut)
        /// The connection went away with the call in flight. Whether it was charged is not known.
        public static let connectionLost = Code(kind: .connectionLost)
        /// More calls are in flight than the daemon takes.
        public static let tooManyCalls = Code(kind: .tooManyCalls)
        /// The daemon does not take the token, or not for this.
        public static let refusedToken = Code(kind: .refusedToken)
        /// The daemon answered that it could not decide.
        public static let failed = Code(kind: .failed)
        /// The client was shut down.
        public static let stopped = Code(kind: .stopped)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    /// One sentence for a log.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
