import Synchronization

/// How many daemons share the store, as far as is known. It outlives an outage: then it is what was known before.
final class PeerCount: Sendable {
    private let count = Atomic<Int>(1)

    var value: Int { count.load(ordering: .relaxed) }

    func set(_ value: Int) { count.store(max(1, value), ordering: .relaxed) }
}
