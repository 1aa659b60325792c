package import LimitPolicy
import Synchronization

/// The policy in force. Lanes look at its version before each batch and take the new one when it has changed.
package final class PolicyRegister: Sendable {
    private struct Content {
        var policy: Policy
        var loadedAt: Int64
    }

    private let content: Mutex<Content>
    private let counter = Atomic<Int>(0)

    /// `now` is in seconds since the Unix epoch.
    package init(_ policy: Policy, now: Int64) {
        content = Mutex(Content(policy: policy, loadedAt: now))
    }

    /// Grows by one with each policy.
    package var version: Int { counter.load(ordering: .acquiring) }

    package var policy: Policy { content.withLock { $0.policy } }

    /// When the policy came into force, in seconds since the Unix epoch.
    package var loadedAt: Int64 { content.withLock { $0.loadedAt } }

    /// Puts a policy into force. Batches in flight end under the one they were priced by.
    package func replace(with policy: Policy, now: Int64) {
        content.withLock { $0 = Content(policy: policy, loadedAt: now) }
        counter.add(1, ordering: .releasing)
    }
}
