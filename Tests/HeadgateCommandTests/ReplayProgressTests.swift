import PolicyTrials
import Testing

@testable import headgate

@Suite struct `The progress of a replay` {
    private func line(_ bytes: Int, of size: Int?) -> String {
        ReplayProgress.line(Replay.Progress(calls: 50_000, bytes: bytes), of: size)
    }

    @Test func `is a bar of what was read, and the calls where the size is not known`() {
        #expect(line(0, of: 100) == "[..............................] 0%  50000 calls")
        #expect(line(50, of: 100) == "[###############...............] 50%  50000 calls")
        #expect(line(200, of: 100) == "[##############################] 100%  50000 calls")
        #expect(line(5, of: nil) == "50000 calls" && line(5, of: 0) == "50000 calls")
    }
}
