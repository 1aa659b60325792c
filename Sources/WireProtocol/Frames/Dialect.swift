/// What a connection to the RPC port speaks.
package enum Dialect: Sendable, Equatable {
    case compact
    /// And so gRPC.
    case http2

    /// What the first bytes of a connection say.
    package enum Sniff: Sendable, Equatable {
        /// They are the beginning of a preface; more will tell.
        case needMore
        case speaks(Dialect)
        /// Neither: close.
        case unknown
    }

    /// The beginning of HTTP/2's connection preface (RFC 9113, 3.4); its HTTP/2 library checks the rest.
    package static let http2Preface: [UInt8] = Array("PRI * HTTP/2.0".utf8)

    /// Looks at the first bytes of a connection; it takes none of them away.
    package static func sniff(_ bytes: Span<UInt8>) -> Sniff {
        if bytes.isEmpty { return .needMore }
        let known: [(Dialect, [UInt8])] = [(.compact, Frame.preface), (.http2, http2Preface)]
        for (dialect, preface) in known {
            let count = min(bytes.count, preface.count)
            guard (0..<count).allSatisfy({ bytes[$0] == preface[$0] }) else { continue }
            return count == preface.count ? .speaks(dialect) : .needMore
        }
        return .unknown
    }
}
