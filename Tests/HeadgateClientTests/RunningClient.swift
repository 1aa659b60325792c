import HeadgateClient
import Logging

/// Runs a client for as long as a test needs it.
func withClient<Value: Sendable>(
    _ addresses: String,
    _ change: (inout HeadgateClient.Configuration) -> Void = { _ in },
    _ body: @Sendable (HeadgateClient) async throws -> Value
) async throws -> Value {
    var configuration = HeadgateClient.Configuration()
    // Ample: a test that waits for its end fails by its time limit only where the rule is broken.
    configuration.timeout = .seconds(20)
    configuration.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    change(&configuration)
    let client = try HeadgateClient(addresses: addresses, configuration: configuration)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

extension HeadgateClient {
    /// Asks again until a daemon decides.
    func checkUntilDecided(client: String, route: String = "/a") async throws -> Decision {
        while true {
            let decision = try await check(client: client, route: route)
            if decision.outage == nil { return decision }
            await Task.yield()
        }
    }
}
