import Glibc
import Logging

/// How many files and sockets the process may open, and what that leaves for callers.
struct DescriptorLimit {
    /// For the listeners, the store's links, HTTP and the files that are read on the way.
    static let reserve = 256

    /// Raises the limit as far as the system lets it, and returns it.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        if limit.rlim_cur < limit.rlim_max {
            var wanted = limit
            wanted.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted) == 0 { limit = wanted }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// The connections that can be served of those that are wanted: accepting one more must not take the last
    /// descriptor, which the store or the status page need.
    static func connections(_ wanted: Int, within limit: Int, logger: Logger) -> Int {
        let possible = max(16, limit == .max ? wanted : limit - reserve)
        guard possible < wanted else { return wanted }
        logger.warning(
            "fewer connections than usual",
            metadata: ["rpc.connections": "\(possible)", "process.descriptors": "\(limit)"]
        )
        return possible
    }
}
