import HeadgateClient
import LimitCore
import Logging
import TransportSecurity

extension DaemonOptions {
    /// Asks the daemon once. An outage is a failure here, whatever a service would make of it.
    ///
    /// A lease that comes with the answer is kept for `hold`, then settled with what the request asked for.
    func ask(
        _ request: CheckRequest,
        timeout: Duration,
        security: SecurityOptions,
        hold: Duration = .zero
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
            guard decision.hasLease else { return CheckAnswer(response) }
            let lease = client.hold(decision)
            if hold > .zero { try await Task.sleep(for: hold) }
            let settlement = await client.release(lease, failed: false)
            // Nobody is left to try again when the command ends.
            return CheckAnswer(response, settlement: settlement == .pending ? .unsettled : settlement)
        }
    }
}
