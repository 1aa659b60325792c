/// A pattern with stars, cut into its parts.
///
/// In a route `*` is one or more characters without a slash and `**` is anything, nothing included. In the value of an
/// attribute `*` is one or more of any character. There is no way to write a star that stands for itself.
struct Glob: Sendable, Equatable {
    enum Dialect {
        case route
        case attribute
    }

    enum Part: Sendable, Equatable {
        case literal([UInt8])
        /// One or more bytes.
        case some(slashes: Bool)
        case anything
    }

    var parts: [Part]

    init(_ pattern: some Collection<UInt8>, _ dialect: Dialect) {
        parts = []
        var literal: [UInt8] = []
        var rest = pattern[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "*") else {
                literal.append(byte)
                continue
            }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal.removeAll()
            if dialect == .route, rest.first == UInt8(ascii: "*") {
                rest.removeFirst()
                parts.append(.anything)
            } else {
                parts.append(.some(slashes: dialect == .attribute))
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
    }

    /// The only text that matches, for a pattern without stars.
    var exact: [UInt8]? {
        switch parts.first {
        case nil: []
        case .literal(let bytes)? where parts.count == 1: bytes
        default: nil
        }
    }

    /// What every text that matches starts with.
    var prefix: [UInt8] {
        if case .literal(let bytes)? = parts.first { bytes } else { [] }
    }

    /// What every text that matches ends with.
    var suffix: [UInt8] {
        if case .literal(let bytes)? = parts.last { bytes } else { [] }
    }

    /// Whether every text matches.
    var isAnything: Bool { !parts.isEmpty && parts.allSatisfy { $0 == .anything } }
}
