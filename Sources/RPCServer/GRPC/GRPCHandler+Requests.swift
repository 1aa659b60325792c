import DecisionService
import LimitCore
import NIOCore
import WireProtocol

// What comes of a peer's streams, told by the session.
extension GRPCHandler {
    /// A stream begins; its slot is returned.
    func opened(_ stream: Int32) -> Int {
        let slot: Int
        if let used = free.popLast() {
            slot = used
        } else {
            slot = calls.count
            calls.append(GRPCCall(slot: slot))
        }
        calls[slot].open(stream)
        unanswered += 1
        return slot
    }

    /// A block of header fields begins. There is one at a time on a connection.
    func fieldsBegan() {
        head = RequestHead()
        credentials.begin()
    }

    /// A header field has come. False where the connection must end.
    func received(name: Span<UInt8>, value: Span<UInt8>) -> Bool {
        credentials.take(name: name, value: value)
        return head.take(name: name, value: value) { lane.services.method(at: $0) }
    }

    /// The header fields of a stream are all there.
    func headEnded(_ slot: Int) {
        let call = calls[slot]
        call.head = head
        if let problem = call.head.problem { return reject(call, withHTTP: problem) }
        if let failure = refusal(of: call) { return end(call, failure) }
        guard let timeout = call.head.timeout else { return }
        let deadline = NIODeadline.now() + .microseconds(timeout)
        call.deadline = deadline
        deadlines.note(deadline)
    }

    /// Why a call is not taken, as its header fields tell: here every call is looked at before its message.
    private func refusal(of call: GRPCCall) -> WireError? {
        if let failure = call.head.failure { return failure }
        return call.head.method.flatMap { credentials.refusal(of: $0, peer: peer) }
    }

    /// Bytes of a stream's messages have come.
    func received(_ bytes: Span<UInt8>, _ slot: Int) {
        let call = calls[slot]
        guard !call.isAnswered, let method = call.head.method else { return }
        bytes.withUnsafeBufferPointer { call.request.append(contentsOf: $0) }
        unfinishedBytes += bytes.count
        do throws(WireError) {
            if method.shape == .bidirectional {
                try serveWhole(call, method)
            } else {
                try checkBounds(call)
            }
        } catch {
            end(call, error)
        }
    }

    /// The peer has sent all of a stream.
    func requestEnded(_ slot: Int) {
        let call = calls[slot]
        call.isRequestWhole = true
        guard !call.isAnswered, let method = call.head.method else { return }
        if method.shape != .bidirectional {
            serve(call, method)
        } else if call.request.isEmpty {
            end(call, nil)
        } else {
            end(call, WireError(.internal, "the stream ended within a message"))
        }
    }

    /// Nobody waits on the stream any more.
    func closed(_ slot: Int) {
        let call = calls[slot]
        guard call.isOpen else { return }
        if !call.isAnswered { answered(call) }
        unsent -= call.unsent
        call.close()
        if !watches.isEmpty { watches[slot] = nil }
        rest(call)
    }

    /// A message that is too long, or a second one, is refused before the stream ends.
    private func checkBounds(_ call: GRPCCall) throws(WireError) {
        let request = call.request
        if let prefix = try GRPCMessage.prefix(of: request.span),
            request.count > GRPCMessage.prefixCount + prefix.count
        {
            throw WireError(.unimplemented, "the call has more than one message")
        }
        if unfinishedBytes > HTTP2Bounds.unfinishedRequests || lane.heldBytes > lane.maxHeldBytes {
            throw WireError(.resourceExhausted, "too much of other calls is not whole")
        }
    }

    private func serve(_ call: GRPCCall, _ method: GRPCMethod) {
        let request = takeRequest(of: call)
        let isUnary = method.shape == .unary
        do throws(WireError) {
            try admit(call)
            let (prefix, message) = try GRPCMessage.only(in: request.span)
            if isUnary { began(call) }
            try serve(call, method, request.span.extracting(message), isCompressed: prefix.isCompressed)
        } catch {
            if isUnary, call.isDeciding { ended(call) }
            end(call, error)
        }
        giveBack(request, to: call)
    }

    /// Carries out the messages of a stream that are whole, each in turn.
    private func serveWhole(_ call: GRPCCall, _ method: GRPCMethod) throws(WireError) {
        let request = takeRequest(of: call)
        var position = 0
        while !call.isAnswered, let prefix = try GRPCMessage.prefix(of: request.span, at: position) {
            let start = position + GRPCMessage.prefixCount
            guard request.count - start >= prefix.count else { break }
            position = start + prefix.count
            try admit(call)
            let message = request.span.extracting(start..<position)
            try serve(call, method, message, isCompressed: prefix.isCompressed)
        }
        unfinishedBytes += request.count - position
        call.request.append(contentsOf: request[position...])
    }

    private func serve(
        _ call: GRPCCall,
        _ method: GRPCMethod,
        _ message: Span<UInt8>,
        isCompressed: Bool
    ) throws(WireError) {
        let reply = GRPCReply(connection: self, slot: call.slot, timeLeft: timeLeft(of: call))
        guard isCompressed else { return try method.serve(reply, message) }
        guard call.head.encoding == .gzip else {
            throw WireError(.internal, "the message is compressed and grpc-encoding does not say how")
        }
        try lane.gunzip.inflate(message) { message throws(WireError) in try method.serve(reply, message) }
    }

    /// Whether there is time and room for one more message.
    private func admit(_ call: GRPCCall) throws(WireError) {
        if let left = timeLeft(of: call), left <= 0 { throw WireError(CallFailure.deadlineExceeded) }
        if deciding >= lane.settings.maxInFlight {
            throw WireError(.resourceExhausted, "more than \(lane.settings.maxInFlight) calls are in flight")
        }
        try lane.admitCall()
        if unsent > HTTP2Bounds.unsentAnswers || lane.heldBytes > lane.maxHeldBytes {
            throw WireError(.resourceExhausted, "too many answers are not read")
        }
    }

    private func timeLeft(of call: GRPCCall) -> Microseconds? {
        call.deadline.map { ($0 - .now()).nanoseconds / 1000 }
    }

    /// The request by itself, so that its bytes stay where they are whatever becomes of the call.
    private func takeRequest(of call: GRPCCall) -> [UInt8] {
        var request: [UInt8] = []
        swap(&request, &call.request)
        unfinishedBytes -= request.count
        return request
    }

    /// Keeps the request's memory for the next call of the slot.
    private func giveBack(_ request: consuming [UInt8], to call: GRPCCall) {
        guard request.capacity <= HTTP2Bounds.keptCapacity else { return }
        request.removeAll(keepingCapacity: true)
        swap(&request, &call.request)
    }
}
