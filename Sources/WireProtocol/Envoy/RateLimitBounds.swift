import LimitCore

/// How large a RateLimitRequest of Envoy may be.
package enum RateLimitBounds {
    /// In bytes. Repeats of a part that is there once would make a longer message expensive.
    package static let message = 16 << 10
    package static let descriptors = 32
    /// Attributes less the two that every descriptor has.
    package static let entries = Bounds.attributes - 2
}
