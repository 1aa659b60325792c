import PolicyTrials

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A log named on the command line; `-` is standard input.
struct LogFile {
    let path: String
    private let descriptor: Int32
    /// In bytes; nil for what is no file.
    let size: Int?

    init(path: String) throws(CommandFailure) {
        self.path = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        var facts = stat()
        guard descriptor >= 0, fstat(descriptor, &facts) == 0 else {
            throw CommandFailure("\(path): \(String(cString: strerror(errno)))")
        }
        if facts.st_mode & S_IFMT == S_IFDIR { throw CommandFailure("\(path): is a directory") }
        size = facts.st_mode & S_IFMT == S_IFREG ? Int(facts.st_size) : nil
    }

    /// Reads the next bytes.
    func fill(_ memory: UnsafeMutableRawBufferPointer) throws(LogProblem) -> Int {
        while true {
            let count = read(descriptor, memory.baseAddress, memory.count)
            if count >= 0 { return count }
            if errno != EINTR { throw LogProblem(String(cString: strerror(errno))) }
        }
    }

    func end() {
        if descriptor != STDIN_FILENO { _ = close(descriptor) }
    }
}
