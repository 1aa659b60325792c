import NIOCore
import NIOPosix
import TransportSecurity

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Why a dial failed, in words for an operator.
enum DialProblem {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return text(first.error) }
            return "the name \"\(error.host)\" is not known"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no connection in time"
        default: return HandshakeProblem.text(error) ?? "\(error)"
        }
    }
}
