import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Keeps web pages of others from speaking to the daemon through an operator's browser.
///
/// Two ways lead there. A page may have its own name resolve to 127.0.0.1 (DNS rebinding) and is then of the same
/// origin as the dashboard: on a loopback address only loopback names are answered to. Or it posts across origins,
/// which needs no leave of ours as long as nobody reads the answer: a request that names another origin is refused.
struct BrowserGuard: RouterMiddleware {
    let isLoopbackOnly: Bool

    /// Probes come with any name, and tell nothing.
    private static let open: Set<String> = ["/healthz", "/readyz"]

    init(listeningOn host: String) {
        isLoopbackOnly = Self.isLoopback(host)
    }

    func handle(
        _ request: Request,
        context: PeerContext,
        next: (Request, PeerContext) async throws -> Response
    ) async throws -> Response {
        if !Self.open.contains(request.uri.path) {
            try checkHost(request)
            try checkOrigin(request)
        }
        return try await next(request, context)
    }

    private func checkHost(_ request: Request) throws(HTTPProblem) {
        guard let authority = request.head.authority, !request.headers.contains(.furtherHost) else {
            throw HTTPProblem(.badRequest, "the request must name one host")
        }
        if isLoopbackOnly, !Self.isLoopback(Self.host(of: authority)) {
            throw HTTPProblem(.misdirectedRequest, "this address answers to localhost, 127.0.0.1 and [::1] only")
        }
    }

    private func checkOrigin(_ request: Request) throws(HTTPProblem) {
        guard let origin = request.headers[.origin] else { return }
        let authority = request.head.authority ?? ""
        guard origin == "http://" + authority || origin == "https://" + authority else {
            throw HTTPProblem(.forbidden, "pages of another origin may not ask here")
        }
    }

    /// The host of `host`, `host:port` or `[address]:port`.
    static func host(of authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return "" }
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        guard let colon = authority.firstIndex(of: ":") else { return authority }
        return isPort(authority[colon...]) ? String(authority[..<colon]) : ""
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether a name or address is this machine's own: `localhost`, 127.0.0.0/8, `::1`.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
