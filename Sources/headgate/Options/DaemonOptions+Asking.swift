import HeadgateClient
import LimitCore
import Logging
import TransportSecurity

extension DaemonOptions {
    /// Asks the daemon once. An outage is a failure here, whatever a service would make of it.
    func ask(
        _ request: CheckRequest,
        timeout: Duration,
        security: SecurityOptions
    ) async throws -> CheckAnswer {
        // Read here too, for an error that names the flag.
        _ = try security.client(ClientTLS.compact)
        var configuration = HeadgateClient.Configuration()
        configuration.timeout = timeout
        configuration.connectTimeout = timeout
        configuration.onFailure = .refuse
        configuration.token = try security.token().map { HeadgateClient.Token($0) }
        configuration.tls = security.rpc()
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
