import DecisionService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import LimitCore

/// What is served where.
struct Routes: Sendable {
    let settings: StatusServerSettings
    let gate: LaneGate
    let administration: Administration?
    let report: @Sendable () async -> StatusReport
    let isLive: @Sendable () async -> Bool
    let isReady: @Sendable () async -> Readiness

    private struct Endpoint {
        var method: HTTPRequest.Method
        var path: String
        /// The role that a token must have; nil asks for no token.
        let role: Role?
        var answer: @Sendable (Request) async throws -> Response
    }

    private var endpoints: [Endpoint] {
        [
            Endpoint(method: .get, path: "/", role: .read) { _ in dashboard() },
            Endpoint(method: .get, path: "/status", role: .read) { _ in try await status() },
            Endpoint(method: .get, path: "/healthz", role: nil) { _ in await health() },
            Endpoint(method: .get, path: "/readyz", role: nil) { _ in await readiness() },
            Endpoint(method: .post, path: "/v1/check", role: .check) { try await check($0) },
            Endpoint(method: .post, path: "/v1/check-many", role: .check) { try await checkMany($0) },
            Endpoint(method: .post, path: "/v1/settle", role: .check) { try await settle($0) },
            Endpoint(method: .post, path: "/v1/renew", role: .check) { try await renew($0) },
            Endpoint(method: .post, path: "/v1/report", role: .check) { try await replicaReport($0) },
            Endpoint(method: .post, path: "/v1/inspect", role: .read) { try await inspect($0) },
            Endpoint(method: .post, path: "/v1/admin/client/show", role: .admin) { try await showClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/reset", role: .admin) { try await resetClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/block", role: .admin) { try await blockClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/unblock", role: .admin) { try await unblockClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/tier", role: .admin) { try await assignTier($0) },
            Endpoint(method: .post, path: "/v1/admin/client/override", role: .admin) { try await overrideLimit($0) },
            Endpoint(method: .post, path: "/v1/admin/reload", role: .admin) { try await reload($0) },
        ]
    }

    func router() -> Router<PeerContext> {
        let endpoints = endpoints
        let access = AccessGuard(
            register: settings.access,
            refusals: settings.refusals,
            listensLocally: BrowserGuard.isLoopback(settings.host)
        )
        let router = Router(context: PeerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: AnswerMiddleware())
        router.add(middleware: BrowserGuard(listeningOn: settings.host))
        router.add(middleware: MethodGuard(methods: methods(of: endpoints)))
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                try access.check(request, context, for: endpoint.role)
                return try await endpoint.answer(request)
            }
        }
        return router
    }

    private func methods(of endpoints: [Endpoint]) -> [String: [HTTPRequest.Method]] {
        var methods: [String: [HTTPRequest.Method]] = [:]
        for endpoint in endpoints {
            methods[endpoint.path, default: []] += endpoint.method == .get ? [.get, .head] : [endpoint.method]
        }
        return methods
    }
}
