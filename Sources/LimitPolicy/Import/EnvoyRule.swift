/// A rule of the policy that limits are turned into.
struct EnvoyRule {
    /// What one entry of a descriptor must be.
    struct Level {
        enum Value {
            case exact(String)
            /// With `*` for any characters, also none.
            case wildcard(String)
            case any
        }

        var key: String
        var value: Value
        /// Each value has a counter of its own.
        var isCounted: Bool
    }

    enum Outcome {
        case limit(rate: String, name: String, overdraft: Bool)
        case unlimited
        /// Nothing holds: the path ends here.
        case nothing
    }

    var name: String
    var domain: String
    /// The keys joined by `,`.
    var shape: String
    /// Patterns of attributes.
    var match: [(key: String, pattern: String)]
    var per: [String] = []
    var outcome: Outcome
    var shadow = false
}

extension EnvoyRule.Level {
    init(_ descriptor: EnvoyDescriptor) {
        key = descriptor.key
        if descriptor.value.isEmpty {
            value = .any
        } else {
            value = descriptor.hasWildcard ? .wildcard(descriptor.value) : .exact(descriptor.value)
        }
        if case .exact = value { isCounted = false } else { isCounted = !descriptor.sharesThreshold }
    }

    /// The patterns of a policy that together fit the same values; nil fits every value. A policy's star is one
    /// character at least, so that each star stands for two patterns.
    var patterns: [String?] {
        switch value {
        case .any: return [nil]
        case .exact(let text): return [text]
        case .wildcard(let text):
            if text.utf8.allSatisfy({ $0 == UInt8(ascii: "*") }) { return [nil] }
            var patterns = [""]
            var previous: Character = " "
            for character in text {
                defer { previous = character }
                if character != "*" {
                    patterns = patterns.map { $0 + String(character) }
                } else if previous != "*" {
                    patterns = patterns.flatMap { [$0 + "*", $0] }
                }
            }
            return patterns
        }
    }

    /// Whether a value fits this level and the other one; true also where that cannot be told.
    func overlaps(_ other: EnvoyRule.Level) -> Bool {
        guard case .exact(let text) = value, case .wildcard(let pattern) = other.value else { return true }
        return Self.fits(Array(text.utf8)[...], Array(pattern.utf8)[...])
    }

    /// Whether a text fits a pattern in which each star is any characters, also none.
    static func fits(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        // Where the pattern goes on after its last star, and where that star's text would end if it took one more.
        var (text, pattern) = (text, pattern)
        var retry: (text: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while !text.isEmpty {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (text.dropFirst(), pattern)
            } else if pattern.first == text.first {
                (text, pattern) = (text.dropFirst(), pattern.dropFirst())
            } else if let last = retry {
                (text, pattern) = last
                retry = (last.text.dropFirst(), last.pattern)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }

    var text: String {
        switch value {
        case .any: key
        case .exact(let text), .wildcard(let text): "\(key)=\(text)"
        }
    }
}
