package import LimitCore
package import LimitPolicy

/// One thing an operator decides about a client while the daemons run.
package struct OperatorChange: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Every call is forbidden, with these words.
        case block(message: String)
        case unblock
        /// The client has this tier, whatever the call or the policy says; nil takes the assignment back.
        case tier(String?)
        /// A limit of the policy has this number for the client; nil takes it back.
        case override(limit: String, count: Int64?)
        /// The client's counters start anew.
        case reset

        /// One word for the log.
        package var name: String {
            switch self {
            case .block: "block"
            case .unblock: "unblock"
            case .tier(let tier): tier == nil ? "tier removed" : "tier"
            case .override(_, let count): count == nil ? "override removed" : "override"
            case .reset: "reset"
            }
        }
    }

    package var kind: Kind
    /// When it ends, in microseconds since the Unix epoch; nil for no end, and for what has none.
    package var until: Microseconds?
    package var signature: OperatorEntry.Signature

    package init(kind: Kind, until: Microseconds? = nil, signature: OperatorEntry.Signature) {
        self.kind = kind
        self.until = until
        self.signature = signature
    }

    /// Overrides of one client at most.
    static let mostOverrides = 64

    func apply(to entry: inout OperatorEntry) throws(AdminFailure) {
        switch kind {
        case .block(let message):
            entry.block = OperatorEntry.Block(message: message, until: until, signature: signature)
        case .unblock:
            entry.block = nil
        case .tier(let name):
            entry.tier = name.map { OperatorEntry.Tier(name: $0, until: until, signature: signature) }
        case .override(let limit, let count):
            entry.overrides[limit] = count.map {
                OperatorEntry.Override(count: $0, until: until, signature: signature)
            }
            if entry.overrides.count > Self.mostOverrides {
                throw .full("a client has at most \(Self.mostOverrides) overrides")
            }
        case .reset:
            let last = entry.reset?.generation ?? 0
            entry.reset = OperatorEntry.Reset(generation: Amount.sum(last, 1), signature: signature)
        }
    }
}
