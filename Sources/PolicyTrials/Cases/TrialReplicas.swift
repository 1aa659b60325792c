/// How many replicas a pool has from now on, by their state.
package struct TrialReplicas: Sendable, Equatable {
    package var pool: String
    package var warming = 0
    package var ready = 0
    package var draining = 0
}
