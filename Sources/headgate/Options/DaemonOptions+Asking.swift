import HeadgateClient
import LimitCore
import Logging

extension DaemonOptions {
    /// Asks the daemon once. An outage is a failure here, whatever a service would make of it.
    func ask(_ request: CheckRequest, timeout: Duration) async throws -> CheckAnswer {
        var configuration = HeadgateClient.Configuration()
        configuration.timeout = timeout
        configuration.connectTimeout = timeout
        configuration.onFailure = .refuse
        configuration.token = token.isEmpty ? nil : HeadgateClient.Token(token)
        configuration.logger = Logger(label: "headgate") { _ in SwiftLogNoOpLogHandler() }
        let client = try HeadgateClient(addresses: resolvedAddress(), configuration: configuration)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            let decision = try await client.check(request)
            guard let response = decision.response else {
                throw CommandFailure(decision.outage?.message ?? "no daemon decided")
            }
            return CheckAnswer(response)
        }
    }
}
