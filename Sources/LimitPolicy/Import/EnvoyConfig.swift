/// One file of limits of envoyproxy/ratelimit, as it was read.
struct EnvoyConfig {
    var domain: String
    var descriptors: [EnvoyDescriptor]
}

/// A descriptor of such a file: what one entry of a call's descriptor must be, and what holds then.
struct EnvoyDescriptor {
    var key: String
    /// With `*` for any characters, also none; empty for every value.
    var value = ""
    var place: Located
    var limit: EnvoyRateLimit?
    var children: [EnvoyDescriptor] = []
    var shadow = false
    /// All values that a wildcard fits have one counter.
    var sharesThreshold = false

    var hasWildcard: Bool { value.utf8.contains(UInt8(ascii: "*")) }
}

struct EnvoyRateLimit {
    enum Unit: String, CaseIterable {
        case second, minute, hour, day, week, month, year
    }

    enum Amount {
        case unlimited
        case count(Int64, Unit)
    }

    var amount: Amount
    var name = ""
    var place: Located
}

/// Something of a file that its translation does not say, or says otherwise.
package struct ImportNote: Sendable, Equatable, CustomStringConvertible {
    /// The file's name.
    package var file: String
    package var mark: Mark
    /// Of what it is said: `mongo_cps:database=users`.
    package var subject: String
    package var message: String

    /// `limits.yaml:12:5: mongo_cps:database=users: quota_mode ...`.
    package var description: String { "\(file):\(mark.line):\(mark.column): \(subject): \(message)" }
}
