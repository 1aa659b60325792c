#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A terminal, if there is one behind a stream.
enum Terminal {
    /// Whether standard output may be coloured: a terminal that is not told otherwise (https://no-color.org).
    static var takesColour: Bool {
        isatty(STDOUT_FILENO) == 1 && Environment.process["NO_COLOR"] == nil && Environment.process["TERM"] != "dumb"
    }

    /// Whether standard error is watched by a person.
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes to standard error, whole or not at all.
    static func complain(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
