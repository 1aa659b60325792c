import Synchronization

/// One daemon, and the connections to it, which take turns.
final class Daemon: Sendable {
    private let connections: [Connection]
    private let turns = Atomic<Int>(0)

    init(connections: [Connection]) {
        self.connections = connections
    }

    /// The next connection that is as available as this; nil where none is.
    func connection(_ availability: Availability) -> Connection? {
        let turn = connections.count == 1 ? 0 : turns.wrappingAdd(1, ordering: .relaxed).newValue
        for offset in connections.indices {
            let index = Int(bitPattern: (UInt(bitPattern: turn) &+ UInt(offset)) % UInt(connections.count))
            if connections[index].availability == availability { return connections[index] }
        }
        return nil
    }

    func start() {
        for connection in connections { connection.start() }
    }

    func shutDown() async {
        for connection in connections { await connection.shutDown() }
    }
}
