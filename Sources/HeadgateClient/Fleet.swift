import LimitCore
import NIOCore

/// All daemons a client knows, and which of them is asked.
struct Fleet: Sendable {
    private let daemons: [Daemon]
    private let rendezvous: Rendezvous

    init(_ addresses: [ServerAddress], _ settings: HeadgateClient.Configuration) {
        rendezvous = Rendezvous(addresses)
        daemons = addresses.map { address in
            Daemon(
                connections: (0..<settings.connectionsPerAddress).map { _ in
                    Connection(address: address, loop: settings.eventLoopGroup.next(), settings: settings)
                }
            )
        }
    }

    func start() {
        for daemon in daemons { daemon.start() }
    }

    func shutDown() async {
        for daemon in daemons { await daemon.shutDown() }
    }

    /// Asks the client's daemon, or the next one that sees the call. Never `notSent`; returns by the deadline.
    func ask(_ request: Call.Request, for client: String, deadline: NIODeadline) async -> Call.Ending {
        let order = rendezvous.order(for: client)
        var outage = Outage(.unreachable, "no daemon can be reached")
        // Those that are up, in the client's order; then those that may be up in a moment; then one more, for its reason.
        for hope in [Availability.ready, .hopeful, .down] {
            for position in order {
                guard let connection = daemons[position].connection(hope) else { continue }
                let ending = await connection.ask(request, deadline: deadline)
                guard case .notSent(let reason) = ending else { return ending }
                outage = reason
            }
        }
        return .outage(outage)
    }

    /// The connection that takes a call of the client right now.
    func connection(for client: String) -> Connection? {
        for position in rendezvous.order(for: client) {
            if let connection = daemons[position].connection(.ready) { return connection }
        }
        return nil
    }
}
