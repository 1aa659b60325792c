public import Logging
public import NIOCore
import NIOPosix
import TransportSecurity

extension HeadgateClient {
    /// How a client behaves. The defaults suit a service on the same machine or network as its daemons.
    public struct Configuration: Sendable {
        /// What a call is answered where no daemon could decide in time.
        public enum OnFailure: Sendable, Hashable {
            /// The call goes on: an outage of the limiter is none of the service.
            case allow
            /// The call is refused with ``Decision/Verdict/unavailable``.
            case refuse
        }

        /// How long a check may take in all. Above zero.
        public var timeout: Duration = .milliseconds(100)
        /// How long connecting and greeting may take together; then the dial has failed. Above zero.
        public var connectTimeout: Duration = .seconds(1)
        /// What a call is answered in an outage.
        public var onFailure = OnFailure.allow
        /// Connections to each daemon, 1 to 64. One carries hundreds of thousands of calls a second.
        public var connectionsPerAddress = 1
        /// What the daemon asks for where it asks for a token; nil: none.
        public var token: Token?
        /// TLS with the daemons; nil: none.
        public var tls: TLS?
        /// Connections come and go at debug, daemons are lost and found at warning and notice, once each.
        public var logger = Logger(label: "headgate.client")
        /// Where the connections live.
        public var eventLoopGroup: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup

        /// What ``tls`` says, read from its files.
        var security: ClientTLS?

        /// The defaults.
        public init() {}

        func checked() throws(HeadgateError) -> Configuration {
            guard timeout > .zero, connectTimeout > .zero else {
                throw HeadgateError(
                    code: .invalidConfiguration,
                    message: "timeout and connectTimeout must be above zero"
                )
            }
            guard (1...64).contains(connectionsPerAddress) else {
                throw HeadgateError(code: .invalidConfiguration, message: "connectionsPerAddress must be from 1 to 64")
            }
            var checked = self
            checked.security = try tls.map { tls throws(HeadgateError) in try tls.loaded() }
            return checked
        }
    }

    /// A secret. It is never printed.
    public struct Token: Sendable, ExpressibleByStringLiteral, CustomStringConvertible, CustomReflectable {
        let secret: String

        /// A token as the daemon's operator gave it out.
        public init(_ secret: String) {
            self.secret = secret
        }

        public init(stringLiteral secret: String) {
            self.init(secret)
        }

        public var description: String { "(secret)" }
        public var customMirror: Mirror { Mirror(self, children: []) }
    }
}
