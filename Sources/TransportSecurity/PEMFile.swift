#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A file of keys or certificates, and the words for the setting that names it.
package struct PEMFile: Sendable, Equatable {
    package var path: String
    /// Where the path was given, for errors: `--tls-key-file`.
    package var origin: String

    package init(path: String, origin: String) {
        self.path = path
        self.origin = origin
    }

    /// Larger files are refused without being read.
    static let largest = 1 << 20

    func problem(_ words: String) -> TLSProblem {
        TLSProblem("\(origin): \(path) \(words)")
    }

    func content() throws(TLSProblem) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw unreadable() }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while content.count <= Self.largest {
            let count = fread(&chunk, 1, chunk.count, file)
            content += chunk.prefix(count)
            if count > 0 { continue }
            if ferror(file) != 0 { throw unreadable() }
            return content
        }
        throw problem("is larger than 1 MiB")
    }

    private func unreadable() -> TLSProblem {
        problem("cannot be read: \(String(cString: strerror(errno)))")
    }
}
