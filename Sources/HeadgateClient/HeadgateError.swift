/// A mistake of the caller: arguments that no daemon could answer.
///
/// An outage is never thrown: the ``Decision`` then says ``Decision/degraded`` and ``Decision/outage``.
public struct HeadgateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of mistake it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalidAddress
            case invalidArgument
            case invalidConfiguration
        }

        private let kind: Kind

        /// An address is not of the form `host:port`, or there is none.
        public static let invalidAddress = Code(kind: .invalidAddress)
        /// A part of a check is empty, too long, or not understood. The message names the field.
        public static let invalidArgument = Code(kind: .invalidArgument)
        /// A value of the ``HeadgateClient/Configuration`` is out of bounds.
        public static let invalidConfiguration = Code(kind: .invalidConfiguration)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    /// One sentence that names what is wrong: `limits[0].rate: unknown period "fortnight"`.
    public var message: String

    /// An error with a code and a sentence.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
