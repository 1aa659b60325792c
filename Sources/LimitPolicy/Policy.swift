package import LimitCore

/// A policy file, valid and compiled: what every check is judged by until another takes its place.
package final class Policy: Sendable {
    /// The first 8 bytes of SHA-256 over the file, big-endian.
    package let fingerprint: UInt64
    /// In file order; the first that matches decides.
    package let rules: [PolicyRule]
    /// Those of `everywhere`, then those of the rules; `Charge.source` is an index.
    package let limits: [PolicyLimit]
    /// Without the one of clients that have none, which has the index `tiers.count`.
    package let tiers: [PolicyTier]
    /// Nil: a client that nobody gave a tier has none.
    package let defaultTier: Int?
    package let otherwise: Otherwise
    package let refusesInlineLimits: Bool
    /// What counts where nothing else is said.
    package let algorithm: Algorithm
    /// Nothing that a limit or a requirement says is in the way of a call.
    package let shadow: Bool
    package let envoy: EnvoyMapping
    /// The different ways in which rules warm up. A `Pricer` holds a scale for each.
    package let warmUps: [WarmUp]

    /// How long a lease lasts by the slots of `everywhere`.
    let everywhereLeaseTime: Microseconds
    /// The limits of `everywhere` in `limits`.
    let everywhere: Range<Int>
    let table: LimitTable
    let fields: AttributeFields
    let index: RuleIndex
    let directory: ClientDirectory
    let tierNames: ByteMap
    /// By tier: its name in the table's text; empty for no tier.
    let tierTexts: [ByteRange]

    /// Reads, checks and compiles a policy file. `name` is what the file is called in problems.
    package static func load(_ bytes: [UInt8], name: String) throws(PolicyErrors) -> Policy {
        var decoder = PolicyDecoder()
        do throws(YAMLProblem) {
            decoder.decode(try YAMLReader.read(try SourceText.checked(bytes)))
        } catch {
            decoder.problem(error.mark, .root, error.message)
        }
        if let errors = decoder.problems.errors(in: name) { throw errors }
        return Policy(decoder.model, fingerprint: Digests.fingerprint(bytes.span))
    }

    init(_ model: PolicyModel, fingerprint: UInt64) {
        var compiler = PolicyCompiler(model)
        compiler.compile()
        self.fingerprint = fingerprint
        rules = compiler.rules
        limits = compiler.limits
        tiers = model.tiers.map {
            PolicyTier(name: $0.name, multiplierMillionths: $0.multiplier, isUnlimited: $0.unlimited)
        }
        defaultTier = model.defaultTier
        otherwise = model.refusesOtherwise ? .refuse : .allow
        refusesInlineLimits = model.refusesInlineLimits
        algorithm = model.algorithm?.value ?? .slidingWindow
        shadow = model.shadow
        envoy = model.envoy
        warmUps = compiler.warmUps
        everywhere = 0..<model.everywhere.count
        everywhereLeaseTime = model.everywhere.compactMap(\.lease).min() ?? Pricing.leaseTimeWithoutSlots
        tierTexts = model.tiers.map { compiler.table.add(text: $0.name.utf8) } + [.empty]
        table = compiler.table
        fields = compiler.fields
        index = RuleIndex(compiler.conditions)
        directory = ClientDirectory(model.clients)
        tierNames = ByteMap(
            model.tierIndex.map { ByteMap.Entry(table: 0, key: $0.key, value: Int32($0.value)) }
        )
    }
}

/// A tier of clients.
package struct PolicyTier: Sendable, Equatable {
    package var name: String
    package var multiplierMillionths: Int64
    package var isUnlimited: Bool
}
