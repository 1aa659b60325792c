/// How long the parts of a message may be, in bytes or items, the same in every dialect.
package enum Bounds {
    package static let client = 512
    package static let route = 1024
    package static let attributeKey = 64
    package static let attributeValue = 256
    package static let attributes = 32
    package static let usages = 8
    package static let inlineLimits = 8
    /// Tier, rate, scope and unit.
    package static let word = 64
    package static let checks = 256
    /// Charges one check may come to.
    package static let charges = 16
}

/// A part of a message that breaks a bound: the caller's mistake, named so that the caller can find it.
package struct InvalidField: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the field: `client`, `checks[3].limits[0].rate`.
    package var field: String
    /// What is wrong with it: `is empty`, `is longer than 512 bytes`.
    package var problem: String

    package init(_ field: String, _ problem: String) {
        self.field = field
        self.problem = problem
    }

    package var description: String { "\(field) \(problem)" }

    /// The same problem inside of an outer field: `client` in `checks[3]`.
    package func inside(_ outer: String) -> InvalidField {
        InvalidField("\(outer).\(field)", problem)
    }
}
