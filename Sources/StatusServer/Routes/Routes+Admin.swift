import DecisionService
import FoundationEssentials
import Hummingbird
import HummingbirdCore
import WireProtocol

extension Routes {
    func showClient(_ request: Request) async throws -> Response {
        try await perform(request, []) { _ in .show }
    }

    func resetClient(_ request: Request) async throws -> Response {
        try await perform(request, []) { _ in .change(.reset) }
    }

    func blockClient(_ request: Request) async throws -> Response {
        try await perform(request, [.message, .until]) { .change(.block(message: $0.message)) }
    }

    func unblockClient(_ request: Request) async throws -> Response {
        try await perform(request, []) { _ in .change(.unblock) }
    }

    func assignTier(_ request: Request) async throws -> Response {
        try await perform(request, [.tier, .until, .remove]) { body in
            guard body.remove == body.tier.isEmpty else {
                throw HTTPProblem(.badRequest, "tier: give a tier, or \"remove\": true")
            }
            return .change(.tier(body.remove ? nil : body.tier))
        }
    }

    func overrideLimit(_ request: Request) async throws -> Response {
        try await perform(request, [.limit, .count, .until, .remove]) { body in
            if body.limit.isEmpty { throw HTTPProblem(.badRequest, "limit: is empty") }
            guard body.remove != body.given.contains(.count) else {
                throw HTTPProblem(.badRequest, "count: give a number, or \"remove\": true")
            }
            return .change(.override(limit: body.limit, count: body.remove ? nil : body.count))
        }
    }

    func reload(_ request: Request) async throws -> Response {
        let fingerprint = try await operators().reload()
        return Answer.json(try JSONEncoder().encode(["policy": fingerprint]) + [0x0A])
    }

    private func operators() throws(HTTPProblem) -> Administration {
        guard let administration else { throw HTTPProblem(.notFound, "there is nothing here") }
        return administration
    }

    private func perform(
        _ request: Request,
        _ fields: Set<AdminBody.Field>,
        _ action: (AdminBody) throws -> AdminRequest.Action
    ) async throws -> Response {
        let administration = try operators()
        let bytes = try await read(request)
        let body = try AdminBody.decode(bytes.span, fields)
        let record = try await administration.perform(
            AdminRequest(
                client: body.client,
                action: try action(body),
                until: body.until,
                by: body.by.isEmpty ? "admin" : body.by
            )
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Answer.json(try encoder.encode(ClientRecordBody(record: record)) + [0x0A])
    }
}
