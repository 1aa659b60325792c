import LimitCore

@testable import LimitPolicy

/// What envoyproxy/ratelimit does with a descriptor, written down from its rules and not from the translation: the walk
/// from level to level, and the counter that a limit is counted in.
struct EnvoyOracle {
    struct Finding: Equatable, CustomStringConvertible {
        /// Nil for an unlimited one.
        var count: Int64?
        var unit: EnvoyRateLimit.Unit?
        var shadow: Bool
        /// Two calls that have the same share a counter.
        var counter: [String]

        var description: String { "\(count.map(String.init) ?? "unlimited") \(unit.map(\.rawValue) ?? "") \(counter)" }
    }

    var config: EnvoyConfig

    /// The limit at the last entry; nil where none holds.
    func find(_ entries: [(key: String, value: String)]) -> Finding? {
        var level = config.descriptors
        var counter = [config.domain]
        for (index, entry) in entries.enumerated() {
            guard let descriptor = next(entry, in: level) else { return nil }
            counter.append(
                descriptor.sharesThreshold ? "\(entry.key)_\(descriptor.value)" : "\(entry.key)_\(entry.value)"
            )
            if index == entries.count - 1 { return finding(descriptor, counter) }
            level = descriptor.children
        }
        return nil
    }

    private func next(_ entry: (key: String, value: String), in level: [EnvoyDescriptor]) -> EnvoyDescriptor? {
        let same = level.filter { $0.key == entry.key }
        return same.first { !$0.value.isEmpty && !$0.hasWildcard && $0.value == entry.value }
            ?? same.first { $0.hasWildcard && Self.fits(entry.value, $0.value) }
            ?? same.first { $0.value.isEmpty }
    }

    private func finding(_ descriptor: EnvoyDescriptor, _ counter: [String]) -> Finding? {
        guard let limit = descriptor.limit else { return nil }
        guard case .count(let count, let unit) = limit.amount else {
            return Finding(count: nil, unit: nil, shadow: descriptor.shadow, counter: counter)
        }
        return Finding(count: count, unit: unit, shadow: descriptor.shadow, counter: counter)
    }

    /// Each star is any characters, also none.
    private static func fits(_ value: String, _ pattern: String) -> Bool {
        guard let star = pattern.first else { return value.isEmpty }
        let rest = String(pattern.dropFirst())
        if star != "*" { return value.first == star && fits(String(value.dropFirst()), rest) }
        return (0...value.count).contains { fits(String(value.dropFirst($0)), rest) }
    }
}

/// What a translated policy does with a descriptor, by the words of an oracle.
struct TranslatedPolicy {
    var policy: Policy
    private static let windows: [Microseconds: EnvoyRateLimit.Unit] = [
        1_000_000: .second, 60_000_000: .minute, 3_600_000_000: .hour, 86_400_000_000: .day, 604_800_000_000: .week,
        2_592_000_000_000: .month, 31_536_000_000_000: .year,
    ]

    func find(_ domain: String, _ entries: [(key: String, value: String)]) throws -> EnvoyOracle.Finding? {
        var attributes = ["domain": domain, "descriptor": entries.map(\.key).joined(separator: ",")]
        for entry in entries { attributes[entry.key] = entry.value }
        let pricer = Pricer(policy)
        // A daemon names client and route by what `envoy:` says.
        let client = policy.envoy.client.compactMap { attributes[$0] }.first ?? "-"
        let priced = try pricer.price(client.isEmpty ? "-" : client, "-", attributes)
        if case .exempt = priced.pricing.decision {
            return EnvoyOracle.Finding(count: nil, unit: nil, shadow: false, counter: [])
        }
        guard let charge = priced.charges.first else { return nil }
        return EnvoyOracle.Finding(
            count: charge.limit.count,
            unit: Self.windows[charge.limit.window],
            shadow: charge.shadow,
            counter: priced.counter(0)
        )
    }
}
