/// A rule of a policy, as answers, metrics and operators see it.
package struct PolicyRule: Sendable {
    package var name: String
    /// The pattern of routes; nil for every route.
    package var route: String?
    /// The patterns of attributes.
    package var match: [(attribute: String, pattern: String)]
    package var requirement: Requirement?
    /// The rule's own limits in `Policy.limits`.
    package var limits: Range<Int>
    package var isExempt: Bool
    /// The rule's limits and its requirement are only reported.
    package var shadow: Bool
    package var pool: String?
    /// In `Policy.warmUps`.
    package var warmUp: Int?
    package var onStoreFailure: StoreFailureAnswer
}
