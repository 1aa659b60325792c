/// Where a server listens: a host name or IP address, and a port.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int

    /// The port of the daemon's RPC listener, unless told otherwise.
    package static let rpcPort = 7420
    /// The port of the daemon's HTTP listener, unless told otherwise.
    package static let httpPort = 7421

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host`, `host:port` or `[::1]:port`; throws `invalidAddress` with the offending text.
    package init(_ text: String, defaultPort: Int = rpcPort) throws(HeadgateError) {
        let problem = HeadgateError(
            code: .invalidAddress,
            message: "\"\(text)\" is not an address of the form host:port"
        )
        let host: Substring
        var rest: Substring
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { throw problem }
            host = text[text.index(after: text.startIndex)..<bracket]
            rest = text[bracket...].dropFirst()
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { throw problem }
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<colon]
            rest = text[colon...]
            if rest.dropFirst().contains(":") {
                throw HeadgateError(
                    code: .invalidAddress,
                    message: "put the IPv6 address \"\(text)\" in brackets: [\(text)]:\(defaultPort)"
                )
            }
        }
        let isHost = !host.isEmpty && !host.utf8.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "/") }
        guard isHost else { throw problem }
        self.host = String(host)
        port = defaultPort
        if rest.isEmpty { return }
        rest = rest.dropFirst()
        guard rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(rest), port > 0 else {
            throw problem
        }
        self.port = Int(port)
    }

    /// Reads a list separated by commas. An address given twice counts once; none at all is an error.
    package static func list(_ texts: [String]) throws(HeadgateError) -> [ServerAddress] {
        var found: [ServerAddress] = []
        for text in texts {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let address = try ServerAddress(String(part.trimmingSpaces))
                if !found.contains(address) { found.append(address) }
            }
        }
        if found.isEmpty {
            throw HeadgateError(code: .invalidAddress, message: "at least one daemon address is needed")
        }
        return found
    }

    /// Whether only this machine can be meant: `localhost`, `::1`, 127.0.0.0/8.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
