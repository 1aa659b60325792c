import DecisionService
import Foundation
import LimitCore
import LimitPolicy
import Logging

extension OperatorControl {
    /// Carries out what an operator asks.
    func perform(_ request: AdminRequest) async throws(AdminFailure) -> ClientRecord {
        let digest = ClientDigest(naming: request.client)
        guard case .change(let kind) = request.action else {
            await poll()
            return record(of: request.client, digest, entry(of: digest))
        }
        let now = Clocks.realtime()
        try check(kind)
        let change = OperatorChange(
            kind: kind,
            until: try end(request.until, of: kind, now),
            signature: OperatorEntry.Signature(by: request.by, at: now)
        )
        let entry = try await self.change(change, to: digest)
        log(change, digest)
        return record(of: request.client, digest, entry)
    }

    /// A tier and a limit must be of the policy in force.
    private func check(_ kind: OperatorChange.Kind) throws(AdminFailure) {
        switch kind {
        case .tier(let name?):
            guard !register.policy.tiers.contains(where: { $0.name == name }) else { return }
            let known = register.policy.tiers.map(\.name)
            throw .notFound("tier: the policy has no \"\(name)\"" + (known.isEmpty ? "" : "; it has \(list(known))"))
        case .override(let limit, let count?): try check(limit: limit, count)
        case .tier, .override, .block, .unblock, .reset: return
        }
    }

    private func check(limit name: String, _ count: Int64) throws(AdminFailure) {
        let limits = register.policy.limits
        guard let limit = limits.first(where: { $0.name == name }) else {
            // The names of a rule may hold slashes; those of limits do not.
            let rule = name.lastIndex(of: "/").map { name[..<$0] } ?? name[...]
            let near = limits.filter { $0.isPerClient && $0.name.hasPrefix("\(rule)/") }.map(\.name)
            let known = near.isEmpty ? limits.filter(\.isPerClient).map(\.name) : near
            throw .notFound(
                "limit: the policy has no \"\(name)\"" + (known.isEmpty ? "" : "; it has \(list(known))")
            )
        }
        if !limit.isPerClient { throw .invalid("limit: \"\(name)\" is one for several clients, not one for each") }
        guard count <= limit.largestCount else {
            throw .invalid("count: \"\(name)\" counts to \(limit.largestCount) at most")
        }
    }

    private func list(_ names: [String]) -> String {
        names.prefix(20).joined(separator: ", ") + (names.count > 20 ? " and \(names.count - 20) more" : "")
    }

    private func end(
        _ text: String,
        of kind: OperatorChange.Kind,
        _ now: Microseconds
    ) throws(AdminFailure) -> Microseconds? {
        if text.isEmpty { return nil }
        switch kind {
        case .block, .tier(_?), .override(_, _?): break
        case .unblock, .reset, .tier, .override: throw .invalid("until: has no meaning here")
        }
        if let duration = try? Rate.parseDuration(text) {
            guard duration > 0 else { throw .invalid("until: \"\(text)\" is over already") }
            return Amount.sum(now, duration)
        }
        guard let date = try? Date(text, strategy: .iso8601),
            let end = Int64(exactly: (date.timeIntervalSince1970 * 1e6).rounded()), end <= Amount.max
        else {
            throw .invalid(
                "until: \"\(text)\" is neither a duration such as 2h nor a time such as 2027-01-31T12:00:00Z"
            )
        }
        guard end > now else { throw .invalid("until: \"\(text)\" is over already") }
        return end
    }

    private func log(_ change: OperatorChange, _ client: ClientDigest) {
        var metadata: Logger.Metadata = [
            "operator.change": "\(change.kind.name)",
            "operator.by": "\(change.signature.by)",
            "client.digest": "\(client.short)",
        ]
        switch change.kind {
        case .tier(let tier?): metadata["operator.tier"] = "\(tier)"
        case .override(let limit, let count):
            metadata["operator.limit"] = "\(limit)"
            metadata["operator.count"] = count.map { "\($0)" }
        case .tier, .block, .unblock, .reset: break
        }
        if let until = change.until {
            metadata["operator.until"] = "\(Date(timeIntervalSince1970: Double(until) / 1e6).formatted(.iso8601))"
        }
        logger.notice("operator's decision", metadata: metadata)
    }

    private func record(of client: String, _ digest: ClientDigest, _ entry: OperatorEntry?) -> ClientRecord {
        let policy = register.policy
        let standing = policy.standing(ofClient: client)
        var record = ClientRecord(
            client: "\(digest)",
            tier: standing.tier,
            tierSource: standing.isOwnTier ? "clients" : standing.tier == nil ? "none" : "default",
            isBlocked: standing.isBlocked || entry?.block != nil,
            decisions: entry?.decisions ?? []
        )
        if let tier = entry?.tier {
            let isKnown = policy.tiers.contains { $0.name == tier.name }
            record.tier = isKnown ? tier.name : policy.defaultTier.map { policy.tiers[$0].name }
            record.tierSource = isKnown ? "operator" : "default"
        }
        return record
    }
}

extension OperatorEntry {
    /// One by one, for people.
    fileprivate var decisions: [ClientRecord.Decision] {
        var decisions: [ClientRecord.Decision] = []
        func add(_ kind: String, _ text: String, _ number: Int64?, _ until: Microseconds?, _ signature: Signature) {
            decisions.append(
                ClientRecord.Decision(
                    kind: kind,
                    text: text,
                    number: number,
                    until: until,
                    by: signature.by,
                    at: signature.at
                )
            )
        }
        if let block { add("block", block.message, nil, block.until, block.signature) }
        if let tier { add("tier", tier.name, nil, tier.until, tier.signature) }
        for (name, override) in overrides.sorted(by: { $0.key < $1.key }) {
            add("override", name, override.count, override.until, override.signature)
        }
        if let reset { add("reset", "", reset.generation, nil, reset.signature) }
        return decisions
    }
}
