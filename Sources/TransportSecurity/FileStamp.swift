#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// What tells one content of a file from another without reading it.
package struct FileStamp: Sendable, Equatable {
    private var seconds: Int
    private var nanoseconds: Int
    private var size: Int
    private var file: UInt

    /// nil where there is no such file. Mounted files are symbolic links that change their target.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
        size = Int(status.st_size)
        file = UInt(status.st_ino)
    }
}
