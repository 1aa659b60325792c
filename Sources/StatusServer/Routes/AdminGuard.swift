import Hummingbird
import HummingbirdCore

/// The one place that says who may do what operators do.
///
/// Nobody is asked for a role yet, so only those on this machine may: where others reach the port too, nobody may.
struct AdminGuard {
    private let isLoopbackOnly: Bool

    init(listeningOn host: String) {
        isLoopbackOnly = BrowserGuard.isLoopback(host)
    }

    func check(_ request: Request) throws(HTTPProblem) {
        guard isLoopbackOnly else {
            throw HTTPProblem(.forbidden, "operators are served on a loopback address only")
        }
    }
}
