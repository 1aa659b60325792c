package import LimitCore
package import LimitPolicy
import Synchronization

/// What lanes judge by: the policy in force, what operators have decided, how warm the replicas are.
///
/// Lanes look at its version before each batch and take the new content when it has changed.
package final class PolicyRegister: Sendable {
    /// Everything of one version; its parts belong together.
    struct Content {
        var policy: Policy
        var loadedAt: Int64
        var operators: OperatorTable
        /// By entry of `Policy.warmUps`, in millionths.
        var scales: [Int64]
    }

    /// What the content is compiled from; the lock is held over the compiling, which lanes do not wait for.
    private struct Sources {
        var clients: [ClientDigest: OperatorEntry] = [:]
        var replicas = ReplicaView()
    }

    private let sources = Mutex(Sources())
    private let current: Mutex<Content>
    private let counter = Atomic<Int>(0)
    /// The clock that operators' decisions end by, in microseconds since the Unix epoch.
    let clock: @Sendable () -> Microseconds

    /// - Parameters:
    ///   - now: in seconds since the Unix epoch.
    ///   - clock: the clock that operators' decisions end by, in microseconds since the Unix epoch; without one they do
    ///     not end.
    package init(_ policy: Policy, now: Int64, clock: @escaping @Sendable () -> Microseconds = { 0 }) {
        let scales = [Int64](repeating: 1_000_000, count: policy.warmUps.count)
        current = Mutex(Content(policy: policy, loadedAt: now, operators: .empty, scales: scales))
        self.clock = clock
    }

    /// Grows by one with each change.
    package var version: Int { counter.load(ordering: .acquiring) }

    var content: Content { current.withLock { $0 } }

    package var policy: Policy { current.withLock { $0.policy } }

    /// When the policy came into force, in seconds since the Unix epoch.
    package var loadedAt: Int64 { current.withLock { $0.loadedAt } }

    /// Puts a policy into force. Batches in flight end under the one they were priced by.
    package func replace(with policy: Policy, now: Int64) {
        sources.withLock { sources in
            let operators = Self.table(sources.clients, policy)
            let scales = policy.warmUps.map { sources.replicas.scale(of: $0) }
            put(Content(policy: policy, loadedAt: now, operators: operators, scales: scales))
        }
    }

    /// Puts into force what operators have decided.
    package func setOperators(_ clients: [ClientDigest: OperatorEntry]) {
        sources.withLock { sources in
            guard clients != sources.clients else { return }
            sources.clients = clients
            var content = content
            content.operators = Self.table(clients, content.policy)
            put(content)
        }
    }

    /// Has the limits follow the replicas as they are now.
    package func setReplicas(_ replicas: ReplicaView) {
        sources.withLock { sources in
            sources.replicas = replicas
            var content = content
            let scales = content.policy.warmUps.map { replicas.scale(of: $0) }
            guard scales != content.scales else { return }
            content.scales = scales
            put(content)
        }
    }

    private static func table(_ clients: [ClientDigest: OperatorEntry], _ policy: Policy) -> OperatorTable {
        clients.isEmpty ? .empty : OperatorTable(clients, for: policy)
    }

    private func put(_ content: Content) {
        current.withLock { $0 = content }
        counter.add(1, ordering: .releasing)
    }
}
