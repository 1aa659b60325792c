import PolicyTrials

/// A line on a terminal that tells how far a replay is.
struct ReplayProgress {
    private let size: Int?
    private var lastShown = ContinuousClock.now
    private var isShown = false
    private static let interval = Duration.milliseconds(100)
    private static let width = 30

    /// `size` is that of the log in bytes, where it is known.
    init(size: Int?) {
        self.size = size
    }

    mutating func show(_ progress: Replay.Progress) {
        guard Terminal.isWatched, ContinuousClock.now - lastShown >= Self.interval else { return }
        lastShown = ContinuousClock.now
        isShown = true
        Terminal.complain("\r\(ReplayProgress.line(progress, of: size))\u{1B}[K")
    }

    /// Takes the line away.
    func clear() {
        if isShown { Terminal.complain("\r\u{1B}[K") }
    }

    static func line(_ progress: Replay.Progress, of size: Int?) -> String {
        guard let size, size > 0 else { return "\(progress.calls) calls" }
        let done = min(progress.bytes, size)
        let filled = Int(Double(done) / Double(size) * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        return "[\(bar)] \(Int(Double(done) / Double(size) * 100))%  \(progress.calls) calls"
    }
}
