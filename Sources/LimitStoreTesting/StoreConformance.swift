/// What every store must do, as code that a store's tests run: stated rules, random histories against the oracle,
/// properties, and races.
///
/// Everything throws a `Violation` where the store breaks a rule. A store's tests make one and call each part:
///
/// ```swift
/// let conformance = StoreConformance {
///     let clock = ManualClock()
///     return StoreUnderTest(clock: clock, immediate: MemoryStore(clock: { clock.now }))
/// }
///
/// @Test(arguments: StatedRule.all)
/// func `keeps the stated rule`(rule: StatedRule) async throws { try await conformance.check(rule) }
/// ```
package struct StoreConformance: Sendable {
    package typealias MakeStore = @Sendable () async throws -> StoreUnderTest

    let gaps: Set<Gap>
    let makeStore: MakeStore

    /// `makeStore` makes a store that holds nothing, with a clock of its own at `ManualClock.start`. `gaps` are the
    /// rules that it is known to break.
    package init(except gaps: Set<Gap> = [], _ makeStore: @escaping MakeStore) {
        self.gaps = gaps
        self.makeStore = makeStore
    }
}
