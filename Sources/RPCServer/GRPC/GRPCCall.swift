import NIOCore
import WireProtocol

/// One stream of a connection and the call on it. Used again for the next one, with its memory.
final class GRPCCall {
    /// Its number among the calls of the connection.
    let slot: Int
    private(set) var stream: Int32 = 0
    var head = RequestHead()
    var deadline: NIODeadline?
    /// What has come of the request and is not carried out.
    var request: [UInt8] = []
    /// All of the request has come.
    var isRequestWhole = false
    /// Seconds that the rest of the request has been waited for.
    var unfinishedTicks: Int64 = 0
    /// The peer still waits on the stream.
    private(set) var isOpen = false
    /// A method has the request and will answer, which it may do after the stream is closed.
    var isDeciding = false
    /// How the call ends is said: whatever else comes is dropped.
    var isAnswered = false
    /// The head of the answer is sent.
    var isBegun = false
    /// No message will follow those that are there.
    var isFinished = false
    /// The status after the last message; nil for OK.
    var failure: WireError?
    private var answer: [UInt8] = []
    private var taken = 0

    init(slot: Int) {
        self.slot = slot
    }

    func open(_ stream: Int32) {
        self.stream = stream
        isOpen = true
    }

    func close() { isOpen = false }

    /// Makes the call ready for another stream.
    func reset() {
        head = RequestHead()
        deadline = nil
        request.removeAll(keepingCapacity: request.capacity <= HTTP2Bounds.keptCapacity)
        isRequestWhole = false
        unfinishedTicks = 0
        isAnswered = false
        isBegun = false
        isFinished = false
        failure = nil
        answer.removeAll(keepingCapacity: answer.capacity <= HTTP2Bounds.keptCapacity)
        taken = 0
    }

    /// Appends a message to the answer and returns how many bytes it takes with its prefix.
    func append(_ encode: (inout [UInt8]) throws(WireError) -> Void) throws(WireError) -> Int {
        let before = answer.count
        try GRPCMessage.append(to: &answer, encode)
        return answer.count - before
    }

    /// Hands as much of the answer as there is room for to `copy`, and returns how much.
    func takeAnswer(atMost room: Int, _ copy: (UnsafeRawBufferPointer) -> Void) -> Int {
        let count = min(room, unsent)
        answer.withUnsafeBytes { copy(UnsafeRawBufferPointer(rebasing: $0[taken..<taken + count])) }
        taken += count
        if isAnswerTaken {
            answer.removeAll(keepingCapacity: true)
            taken = 0
        }
        return count
    }

    /// Bytes of the answer that are not sent.
    var unsent: Int { answer.count - taken }

    var isAnswerTaken: Bool { taken == answer.count }
}
