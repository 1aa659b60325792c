import LimitCore
import NIOCore

/// Calls that hold something of their limits while they run: slots, or tokens that are known only at the end.
extension HeadgateClient {
    /// Runs a body that holds what its check was granted, and settles by what it used when it is over.
    ///
    /// ```swift
    /// let text = try await gate.withLease(client: "alice", route: "/v1/chat", usage: ["tokens": 900]) { lease in
    ///     let answer = try await model.complete(prompt)
    ///     lease.used(tokens: answer.tokens)
    ///     return answer.text
    /// }
    /// ```
    ///
    /// While the body runs the lease is renewed. Where the body throws before anything was used, everything is given
    /// back as if the call never was. An outage is never thrown, at the end neither: a settlement that no daemon takes
    /// is tried again in the background until the lease is over, then counted in ``unsettledLeases``. The other
    /// parameters are those of a check.
    ///
    /// - Parameters:
    ///   - usage: What the call is expected to cost by unit.
    ///   - body: Runs where the call may go on. ``Lease/shouldStop`` says when it had better end.
    /// - Throws: ``Refusal`` where the call may not go on, ``HeadgateError`` where the arguments are wrong, and
    ///   what the body throws.
    public func withLease<Value>(
        client: String,
        route: String,
        usage: [String: UInt64] = [:],
        attributes: [String: String] = [:],
        tier: String? = nil,
        limits: [InlineLimit] = [],
        timeout: Duration? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Lease) async throws -> Value
    ) async throws -> Value {
        let decision = try await check(
            client: client,
            route: route,
            usage: usage,
            attributes: attributes,
            tier: tier,
            limits: limits,
            timeout: timeout
        )
        guard decision.isAllowed else { throw Refusal(decision) }
        let lease = hold(decision)
        do {
            let value = try await body(lease)
            _ = await release(lease, failed: false)
            return value
        } catch {
            _ = await release(lease, failed: true)
            throw error
        }
    }

    /// Ends what a decision handed out, with what the call used; a unit left out keeps its estimate.
    ///
    /// - Returns: What became of the lease, within the configured timeout. ``Settlement/nothing`` where there is none.
    /// - Throws: Only where the usage cannot be sent.
    @discardableResult
    public func settle(
        _ decision: Decision,
        usage: [String: UInt64] = [:]
    ) async throws(HeadgateError) -> Settlement {
        var used = Usage()
        try used.set(usage)
        return await end(decision, SettleRequest(lease: decision.response?.lease ?? [], usage: used.units))
    }

    /// Gives back all that a decision charged: the call never happened.
    @discardableResult
    public func cancel(_ decision: Decision) async -> Settlement {
        await end(decision, SettleRequest(lease: decision.response?.lease ?? [], cancel: true))
    }

    /// Leases that ran out before a daemon could be told what was used.
    public var unsettledLeases: Int { settlements.unsettled }

    private func end(_ decision: Decision, _ request: SettleRequest) async -> Settlement {
        guard !request.lease.isEmpty else { return .nothing }
        return await settlements.settle(request, of: decision.client, until: Lease(decision, now: .now()).expiry)
    }

    /// Renews what the decision handed out until it is released.
    package func hold(_ decision: Decision) -> Lease {
        let lease = Lease(decision, now: .now())
        renewals.add(lease)
        return lease
    }

    /// Settles a lease that was held. `failed`: give everything back if nothing was used.
    package func release(_ lease: Lease, failed: Bool) async -> Settlement {
        guard lease.isHeld else { return .nothing }
        let request = lease.end(failed: failed)
        renewals.forget(lease)
        return await settlements.settle(request, of: lease.client, until: lease.expiry)
    }
}
