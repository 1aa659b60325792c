#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Why a bench could not go on.
package struct BenchFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }

    /// The failure of a call to the system, as the C library's `errno` tells it.
    static func system(_ what: String, _ code: CInt = errno) -> BenchFailure {
        BenchFailure("\(what): \(String(cString: strerror(code)))")
    }
}
