import Synchronization

/// What this daemon knows of the others on its store. It outlives an outage: then it is what was known before.
final class PeerWatch: Sendable {
    private let count = Atomic<Int>(1)
    private let reachable = Atomic<Bool>(true)

    /// How many daemons share the store, this one included.
    var value: Int { count.load(ordering: .relaxed) }

    /// Whether the store answered when it was last told that this daemon is alive.
    var isStoreReachable: Bool { reachable.load(ordering: .relaxed) }

    func heard(_ daemons: Int) {
        count.store(max(1, daemons), ordering: .relaxed)
        reachable.store(true, ordering: .relaxed)
    }

    func heardNothing() { reachable.store(false, ordering: .relaxed) }
}
