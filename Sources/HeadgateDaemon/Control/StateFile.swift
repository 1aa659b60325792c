import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A file of the state directory: there is always one whole version of it, whatever happens to the machine.
struct StateFile: Sendable {
    let path: String
    private let directory: String

    /// What operators have decided, in a state directory.
    static func operators(in directory: String) -> StateFile { StateFile("control.json", in: directory) }

    init(_ name: String, in directory: String) {
        self.directory = directory
        path = "\(directory)/\(name)"
    }

    /// Nil where there is no such file.
    func read() throws(SettingsError) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let content = FileManager.default.contents(atPath: path) else {
            throw SettingsError("\(path): cannot be read")
        }
        return [UInt8](content)
    }

    /// Writes beside it, has that on disk, and puts it in its place in one step.
    func write(_ content: [UInt8]) throws(SettingsError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw SettingsError("\(directory): cannot be made (\(error.localizedDescription))")
        }
        let beside = "\(path).\(UInt32.random(in: 0 ... .max))"
        do throws(SettingsError) {
            try put(content, into: beside)
            guard rename(beside, path) == 0 else { throw problem(path) }
        } catch {
            unlink(beside)
            throw error
        }
        sync(directory)
    }

    private func put(_ content: [UInt8], into path: String) throws(SettingsError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw problem(path) }
        defer { close(file) }
        var written = 0
        while written < content.count {
            let count = content[written...].withUnsafeBytes { systemWrite(file, $0) }
            guard count > 0 else { throw problem(path) }
            written += count
        }
        guard fsync(file) == 0 else { throw problem(path) }
    }

    private func systemWrite(_ file: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(file, bytes.baseAddress, bytes.count)
        #else
            Musl.write(file, bytes.baseAddress, bytes.count)
        #endif
    }

    /// The name too is to be on disk; a file system that cannot say so has done what it can.
    private func sync(_ directory: String) {
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }

    private func problem(_ path: String) -> SettingsError {
        SettingsError("\(path): cannot be written (\(String(cString: strerror(errno))))")
    }
}
