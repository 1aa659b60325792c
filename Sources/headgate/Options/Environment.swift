#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The environment variables a command looks at.
package struct Environment: Sendable {
    private let values: [String: String]?

    /// Those of this process.
    package static let process = Environment(values: nil)

    /// Given ones, for tests.
    package init(_ values: [String: String]) {
        self.init(values: values)
    }

    private init(values: [String: String]?) {
        self.values = values
    }

    /// The value of a variable; nil where it is unset or empty.
    package subscript(name: String) -> String? {
        let value = values.map { $0[name] } ?? getenv(name).map { String(cString: $0) }
        return value?.isEmpty == false ? value : nil
    }
}
