/// Where a store is, as an operator writes it.
///
/// `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS, `redis+unix://[user:password@]/path
/// [?db=n]`, `redis+sentinel://host,host/master[/database]`, `redis+cluster://host,host`, the last two also as
/// `rediss+...`. What is printed of it never holds the password.
package struct RedisURL: Sendable, Equatable, CustomStringConvertible {
    package enum Topology: Sendable, Equatable {
        case standalone(RedisAddress)
        case sentinel([RedisAddress], master: String)
        case cluster([RedisAddress])
    }

    package var topology: Topology
    package var tls: Bool
    package var user: String?
    package var password: String?
    package var database = 0

    /// Reads a URL; an error names what is wrong with it without repeating it.
    package init(_ text: String) throws(StoreError) {
        guard let separator = text.firstIndex(of: ":"), text[separator...].hasPrefix("://") else {
            throw StoreError(.settings, "the store's URL has no scheme such as redis://")
        }
        let scheme = text[..<separator].lowercased()
        var rest = text[text.index(separator, offsetBy: 3)...]
        if let at = rest.lastIndex(of: "@") {
            (user, password) = try Self.credentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        tls = scheme.hasPrefix("rediss")
        switch scheme {
        case "redis", "rediss":
            let parts = try Self.split(rest, atMost: 2)
            topology = .standalone(try Self.address(parts[0], defaultPort: 6379))
            database = try Self.database(parts.dropFirst().first)
        case "redis+unix":
            let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0].hasPrefix("/") else { throw StoreError(.settings, "the store's URL has no socket path") }
            topology = .standalone(.unix(try Self.decode(parts[0])))
            if parts.count == 2 {
                guard parts[1].hasPrefix("db=") else {
                    throw StoreError(.settings, "the store's URL has an unknown option; only db is known")
                }
                database = try Self.database(parts[1].dropFirst(3))
            }
        case "redis+sentinel", "rediss+sentinel":
            let parts = try Self.split(rest, atMost: 3)
            guard parts.count > 1, !parts[1].isEmpty else {
                throw StoreError(.settings, "the store's URL names no master behind its sentinels")
            }
            topology = .sentinel(try Self.addresses(parts[0], defaultPort: 26379), master: try Self.decode(parts[1]))
            database = try Self.database(parts.dropFirst(2).first)
        case "redis+cluster", "rediss+cluster":
            let parts = try Self.split(rest, atMost: 2)
            guard parts.count == 1 || parts[1].isEmpty else {
                throw StoreError(.settings, "a cluster has no databases, so the store's URL may not name one")
            }
            topology = .cluster(try Self.addresses(parts[0], defaultPort: 6379))
        default:
            let known = "redis, rediss, redis+unix, redis+sentinel and redis+cluster"
            throw StoreError(.settings, "the store's URL has a scheme other than \(known)")
        }
    }

    package var description: String {
        let secure = tls ? "rediss" : "redis"
        let login = user != nil || password != nil ? "\(user ?? ""):***@" : ""
        let suffix = database == 0 ? "" : "/\(database)"
        return switch topology {
        case .standalone(.unix(let path)): "redis+unix://\(login)\(path)" + (database == 0 ? "" : "?db=\(database)")
        case .standalone(let address): "\(secure)://\(login)\(address)\(suffix)"
        case .sentinel(let list, let master): "\(secure)+sentinel://\(login)\(Self.join(list))/\(master)\(suffix)"
        case .cluster(let list): "\(secure)+cluster://\(login)\(Self.join(list))"
        }
    }

    private static func join(_ addresses: [RedisAddress]) -> String {
        addresses.map(\.description).joined(separator: ",")
    }
}

extension RedisURL {
    private static func split(_ text: Substring, atMost count: Int) throws(StoreError) -> [Substring] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= count else { throw StoreError(.settings, "the store's URL has too many parts") }
        return parts
    }

    private static func credentials(_ text: Substring) throws(StoreError) -> (String?, String?) {
        guard let colon = text.firstIndex(of: ":") else {
            throw StoreError(.settings, "the store's URL has a user without a password")
        }
        let user = try decode(text[..<colon])
        return (user.isEmpty ? nil : user, try decode(text[text.index(after: colon)...]))
    }

    private static func addresses(_ text: Substring, defaultPort: Int) throws(StoreError) -> [RedisAddress] {
        var addresses: [RedisAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            addresses.append(try address(part, defaultPort: defaultPort))
        }
        return addresses
    }

    private static func address(_ text: Substring, defaultPort: Int) throws(StoreError) -> RedisAddress {
        var host = text
        var port = defaultPort
        let afterHost = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[afterHost...].lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65535).contains(number) else {
                throw StoreError(.settings, "the store's URL has a port that is none")
            }
            host = text[..<colon]
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw StoreError(.settings, "the store's URL has no host") }
        return .host(String(host), port: port)
    }

    private static func database(_ text: Substring?) throws(StoreError) -> Int {
        guard let text, !text.isEmpty else { return 0 }
        guard let number = Int(text), (0...65535).contains(number) else {
            throw StoreError(.settings, "the store's URL has a database that is no number")
        }
        return number
    }

    /// Takes `%2F` and the like back to what they stand for.
    private static func decode(_ text: Substring) throws(StoreError) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                throw StoreError(.settings, "the store's URL has a % that no two hexadecimal digits follow")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw StoreError(.settings, "the store's URL is not valid UTF-8")
        }
        return decoded
    }
}

/// Where one server listens.
package enum RedisAddress: Sendable, Hashable, CustomStringConvertible {
    case host(String, port: Int)
    case unix(String)

    package var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}
