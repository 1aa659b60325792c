package import LimitCore
package import LimitPolicy

/// Everything operators have decided, by client: what daemons share, and keep over a restart.
package struct OperatorDocument: Sendable, Equatable {
    /// More are not taken.
    package static let mostClients = 100_000

    package private(set) var clients: [ClientDigest: OperatorEntry] = [:]

    package init() {}

    /// Throws where there are more clients than a document holds.
    package init(_ clients: [ClientDigest: OperatorEntry]) throws(AdminFailure) {
        self.clients = clients
        try checkSize()
    }

    /// Takes in a change, and forgets what has ended.
    package mutating func apply(
        _ change: OperatorChange,
        to client: ClientDigest,
        at now: Microseconds
    ) throws(AdminFailure) {
        var entry = clients[client] ?? OperatorEntry()
        try change.apply(to: &entry)
        clients[client] = entry
        prune(at: now)
        try checkSize()
    }

    /// Forgets what has ended.
    package mutating func prune(at now: Microseconds) {
        clients = clients.compactMapValues { entry in
            let entry = entry.pruned(at: now)
            return entry.isEmpty ? nil : entry
        }
    }

    private func checkSize() throws(AdminFailure) {
        guard clients.count > Self.mostClients else { return }
        throw .full("operators have decided about \(Self.mostClients) clients already; more are not kept")
    }
}
