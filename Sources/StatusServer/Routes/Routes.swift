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
        var answer: @Sendable (Request) async throws -> Response
    }

    private var endpoints: [Endpoint] {
        [
            Endpoint(method: .get, path: "/") { _ in dashboard() },
            Endpoint(method: .get, path: "/status") { _ in try await status() },
            Endpoint(method: .get, path: "/healthz") { _ in await health() },
            Endpoint(method: .get, path: "/readyz") { _ in await readiness() },
            Endpoint(method: .post, path: "/v1/check") { try await check($0) },
            Endpoint(method: .post, path: "/v1/check-many") { try await checkMany($0) },
            Endpoint(method: .post, path: "/v1/settle") { try await settle($0) },
            Endpoint(method: .post, path: "/v1/renew") { try await renew($0) },
            Endpoint(method: .post, path: "/v1/report") { try await replicaReport($0) },
            Endpoint(method: .post, path: "/v1/inspect") { try await inspect($0) },
            Endpoint(method: .post, path: "/v1/admin/client/show") { try await showClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/reset") { try await resetClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/block") { try await blockClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/unblock") { try await unblockClient($0) },
            Endpoint(method: .post, path: "/v1/admin/client/tier") { try await assignTier($0) },
            Endpoint(method: .post, path: "/v1/admin/client/override") { try await overrideLimit($0) },
            Endpoint(method: .post, path: "/v1/admin/reload") { try await reload($0) },
        ]
    }

    func router() -> Router<BasicRequestContext> {
        let endpoints = endpoints
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: AnswerMiddleware())
        router.add(middleware: BrowserGuard(listeningOn: settings.host))
        router.add(middleware: MethodGuard(methods: methods(of: endpoints)))
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, _ in
                try await endpoint.answer(request)
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
