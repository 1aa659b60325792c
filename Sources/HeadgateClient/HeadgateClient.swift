package import LimitCore
import NIOCore
public import ServiceLifecycle
import Synchronization

/// Asks Headgate daemons whether a client may call a route, and never takes its service down with them.
///
/// Run it as a service, beside the one that asks:
///
/// ```swift
/// let gate = try HeadgateClient(addresses: "127.0.0.1:7420")
/// let group = ServiceGroup(services: [gate, server], logger: logger)
///
/// let decision = try await gate.check(client: "alice", route: "/predict", usage: ["tokens": 812])
/// guard decision.isAllowed else { return tooManyRequests(decision.retryAfter) }
/// ```
///
/// With several addresses, all calls of a client id go to one daemon, over to the next while it is down, and back when
/// it returns. When no daemon answers within the timeout, the ``Decision`` is what
/// ``Configuration/onFailure`` says, and says ``Decision/degraded``.
public final class HeadgateClient: Service, Sendable {
    /// How this client behaves.
    public let configuration: Configuration
    let fleet: Fleet
    let renewals: Renewals
    let settlements: Settlements

    /// A client of the daemons at the addresses: `host:port` each, port 7420 unless given, IPv6 in brackets.
    ///
    /// Throws where an address or a value of the configuration is wrong. Nothing is dialed before ``run()``.
    public init(addresses: [String], configuration: Configuration = Configuration()) throws(HeadgateError) {
        let addresses = try ServerAddress.list(addresses)
        let settings = try configuration.checked()
        self.configuration = settings
        fleet = Fleet(addresses, settings)
        renewals = Renewals(fleet, loop: settings.eventLoopGroup.next())
        settlements = Settlements(fleet, settings)
    }

    /// A client of the daemons in a list separated by commas: `"10.0.0.1:7420,10.0.0.2:7420"`.
    public convenience init(
        addresses: String,
        configuration: Configuration = Configuration()
    ) throws(HeadgateError) {
        try self.init(addresses: [addresses], configuration: configuration)
    }

    /// Keeps the connections until the service group shuts down or the task is cancelled.
    ///
    /// A client runs once. Calls made after it are decided as in an outage.
    public func run() async throws {
        fleet.start()
        // Cancelled or asked to shut down: either way it is over.
        try? await gracefulShutdown()
        await fleet.shutDown()
    }

    /// Asks whether a client may call a route now; charges every limit that applies, or none of them.
    ///
    /// - Parameters:
    ///   - client: Who calls: an API key, a user id, an IP address. 1 to 512 bytes.
    ///   - route: What is called, usually the route's template. 1 to 1,024 bytes.
    ///   - usage: What the call costs by unit, at most 8. `requests` is 1 unless given here.
    ///   - attributes: Anything else the policy matches or counts by, at most 32.
    ///   - tier: The client's tier, where the service knows it; else the daemon looks it up.
    ///   - limits: Limits beside the policy's own, at most 8.
    ///   - peek: Answer without charging anything.
    ///   - allLimits: Return how every limit stands, not only the deciding one.
    ///   - timeout: How long to wait in all; nil: as configured.
    /// - Returns: The daemon's decision; in an outage, within the timeout, a degraded one.
    /// - Throws: Only where the arguments are wrong, never for an outage.
    public func check(
        client: String,
        route: String,
        usage: [String: UInt64] = [:],
        attributes: [String: String] = [:],
        tier: String? = nil,
        limits: [InlineLimit] = [],
        peek: Bool = false,
        allLimits: Bool = false,
        timeout: Duration? = nil
    ) async throws(HeadgateError) -> Decision {
        var request = CheckRequest(client: client, route: route)
        request.usage = usage
        request.attributes = attributes
        request.tier = tier ?? ""
        request.limits = limits.map(\.request)
        request.peek = peek
        request.allLimits = allLimits
        return try await check(request, timeout: timeout)
    }

    /// The same, of a request that is already a value.
    package func check(_ request: CheckRequest, timeout: Duration? = nil) async throws(HeadgateError) -> Decision {
        let timeout = timeout ?? configuration.timeout
        if timeout <= .zero { throw HeadgateError(code: .invalidArgument, message: "timeout must be above zero") }
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        do throws(InvalidField) {
            var questions = Questions()
            _ = try questions.append(request)
        } catch {
            throw HeadgateError(code: .invalidArgument, message: error.description)
        }
        switch await fleet.ask(.check(request), for: request.client, deadline: deadline) {
        case .answered(.check(let response)): return Decision(response, client: request.client)
        case .invalid(let message): throw HeadgateError(code: .invalidArgument, message: message)
        case .outage(let outage), .notSent(let outage): return Decision(outage, onFailure: configuration.onFailure)
        case .answered:
            return Decision(Outage(.failed, "the daemon answered another call"), onFailure: configuration.onFailure)
        }
    }
}
