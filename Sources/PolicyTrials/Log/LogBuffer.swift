/// Where a log's bytes come from: fills the start of the memory and says how much; 0 at the end.
package typealias LogSource = (UnsafeMutableRawBufferPointer) throws(LogProblem) -> Int

/// The part of a log that is in memory: a window that moves over it.
final class LogBuffer {
    /// Also what a line may have at most.
    static let size = 1 << 20

    private let source: LogSource
    /// What is in sight is `bytes[start..<end]`.
    fileprivate(set) var bytes = [UInt8](repeating: 0, count: size)
    var start = 0
    private(set) var end = 0
    private(set) var isAtEnd = false
    /// How much of the log was read.
    private(set) var total = 0

    init(_ source: @escaping LogSource) {
        self.source = source
    }

    /// Brings more bytes into sight behind the others, and says whether there are any. Moves what is in sight.
    func refill(line: Int) throws(LogProblem) -> Bool {
        if isAtEnd { return false }
        let kept = end - start
        if kept == Self.size { throw LogProblem(line: line, "is longer than 1 MiB") }
        let (moved, source) = (start..<end, source)
        let outcome = bytes.withUnsafeMutableBytes { memory in
            Result { () throws(LogProblem) in
                // The two may overlap.
                memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[moved]))
                return try source(UnsafeMutableRawBufferPointer(rebasing: memory[kept...]))
            }
        }
        let count = try outcome.get()
        (start, end) = (0, kept + count)
        total += count
        isAtEnd = count == 0
        return count > 0
    }

    /// Changes bytes in sight.
    func edit(_ change: (inout [UInt8]) -> Void) {
        change(&bytes)
    }
}
