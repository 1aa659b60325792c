/// Whether the daemon takes new work.
package enum Readiness: Sendable, Equatable {
    case ready
    /// The reason in a few words, for operators: `draining`.
    case notReady(String)
}
