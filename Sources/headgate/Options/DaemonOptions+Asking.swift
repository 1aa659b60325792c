import HeadgateClient
import LimitCore
import Logging

extension DaemonOptions {
    /// Asks the daemon once. An outage is a failure here, whatever a service would make of it.
    ///
    /// A lease that comes with the answer is kept for `hold`, then settled with what the request asked for.
    func ask(_ request: CheckRequest, timeout: Duration, hold: Duration = .zero) async throws -> CheckAnswer {
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
            guard decision.hasLease else { return CheckAnswer(response) }
            let lease = client.hold(decision)
            if hold > .zero { try await Task.sleep(for: hold) }
            let settlement = await client.release(lease, failed: false)
            // Nobody is left to try again when the command ends.
            return CheckAnswer(response, settlement: settlement == .pending ? .unsettled : settlement)
        }
    }
}
