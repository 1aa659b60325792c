import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Answers 405 where a path is known and the method is not; the router alone would say 404.
struct MethodGuard: RouterMiddleware {
    /// The methods of each path, in the order they are told in.
    let methods: [String: [HTTPRequest.Method]]

    func handle(
        _ request: Request,
        context: PeerContext,
        next: (Request, PeerContext) async throws -> Response
    ) async throws -> Response {
        if let allowed = methods[canonical(request.uri.path)], !allowed.contains(request.method) {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw HTTPProblem(.methodNotAllowed, "this path takes \(names)", fields: [.allow: names])
        }
        return try await next(request, context)
    }

    /// The path as the router reads it: slashes at its end, and several in a row, mean nothing.
    private func canonical(_ path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }
}
