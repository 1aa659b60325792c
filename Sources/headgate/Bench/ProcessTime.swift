#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The CPU time a process has used so far, user and system, from `/proc/PID/stat` (man 5 proc).
package enum ProcessTime {
    /// Throws where there is no such process, or no `/proc`.
    static func read(_ process: Int32) throws(BenchFailure) -> Duration {
        guard let file = fopen("/proc/\(process)/stat", "r") else {
            throw BenchFailure("no process \(process) to measure")
        }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 1024)
        let count = fread(&line, 1, line.count, file)
        guard let ticks = ticks(in: String(decoding: line.prefix(count), as: UTF8.self)) else {
            throw BenchFailure("/proc/\(process)/stat is not understood")
        }
        return .seconds(1) * ticks / Int64(max(sysconf(CInt(_SC_CLK_TCK)), 1))
    }

    /// utime + stime, fields 14 and 15. The name in field 2 may hold spaces and parentheses.
    package static func ticks(in stat: String) -> Int64? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].dropFirst().split(separator: " ")
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return nil }
        return user + system
    }
}
