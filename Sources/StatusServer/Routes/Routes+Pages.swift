import DecisionService
import FoundationEssentials
import Hummingbird

extension Routes {
    func dashboard() -> Response {
        Answer.page(Dashboard.shared.page, policy: Dashboard.shared.contentSecurityPolicy)
    }

    func status() async throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = StatusBody(report: await report(), time: Int64(Date().timeIntervalSince1970))
        return Answer.json(try encoder.encode(body) + [0x0A])
    }

    func health() async -> Response {
        await isLive() ? Answer.text("live") : Answer.text("not live", status: .serviceUnavailable)
    }

    func readiness() async -> Response {
        switch await isReady() {
        case .ready: Answer.text("ready")
        case .notReady(let reason): Answer.text(reason, status: .serviceUnavailable)
        }
    }
}
