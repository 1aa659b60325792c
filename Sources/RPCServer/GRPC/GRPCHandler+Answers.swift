import DecisionService
import LimitCore
import NIOCore
import WireProtocol

// How calls end.
extension GRPCHandler {
    /// Answers a unary call with a message and OK.
    func succeed(_ slot: Int, _ encode: (inout [UInt8]) throws(WireError) -> Void) {
        let call = calls[slot]
        ended(call)
        guard call.isOpen, !call.isAnswered else { return rest(call) }
        do throws(WireError) {
            try append(to: call, encode)
            end(call, nil)
        } catch {
            end(call, error)
        }
    }

    /// Ends a unary call with a status.
    func fail(_ slot: Int, _ error: WireError) {
        let call = calls[slot]
        ended(call)
        guard call.isOpen, !call.isAnswered else { return rest(call) }
        end(call, error)
    }

    /// Sends one message of a stream.
    func send(_ slot: Int, _ encode: (inout [UInt8]) throws(WireError) -> Void) {
        let call = calls[slot]
        guard call.isOpen, !call.isAnswered else { return }
        do throws(WireError) {
            try append(to: call, encode)
            begin(call)
        } catch {
            end(call, error)
        }
    }

    /// Ends the stream of a call with a status, nil for OK, after the messages it holds.
    func end(_ call: GRPCCall, _ failure: WireError?) {
        guard !call.isAnswered else { return }
        answered(call)
        call.isFinished = true
        call.failure = failure
        if let failure, !call.isBegun, call.unsent == 0 {
            session.respond(call, onlyWith: failure)
        } else {
            begin(call)
        }
    }

    /// Answers what is no gRPC call.
    func reject(_ call: GRPCCall, withHTTP status: StaticString) {
        answered(call)
        session.respond(call, withHTTP: status)
    }

    private func append(
        to call: GRPCCall,
        _ encode: (inout [UInt8]) throws(WireError) -> Void
    ) throws(WireError) {
        unsent += try call.append(encode)
    }

    private func begin(_ call: GRPCCall) {
        if call.isBegun { return session.resume(call) }
        call.isBegun = true
        session.respond(call)
    }

    /// What is left of the request is of no use any more.
    func answered(_ call: GRPCCall) {
        call.isAnswered = true
        unanswered -= 1
        unfinishedBytes -= call.request.count
        call.request.removeAll(keepingCapacity: call.request.capacity <= HTTP2Bounds.keptCapacity)
    }

    /// A method has the call.
    func began(_ call: GRPCCall) {
        call.isDeciding = true
        deciding += 1
        lane.callsInFlight += 1
    }

    /// The method has answered.
    func ended(_ call: GRPCCall) {
        call.isDeciding = false
        deciding -= 1
        lane.callsInFlight -= 1
    }

    /// Keeps the call for another stream, once neither its peer nor a method has to do with it.
    func rest(_ call: GRPCCall) {
        guard !call.isOpen, !call.isDeciding else { return }
        call.reset()
        free.append(call.slot)
    }

    /// The connection is gone.
    func abandonAll() {
        for call in calls where call.isOpen { closed(call.slot) }
    }
}

// What time and readiness do to calls.
extension GRPCHandler {
    func failOverdue() {
        deadlines.rang()
        let now = NIODeadline.now()
        for call in calls where call.isOpen && !call.isAnswered {
            guard let deadline = call.deadline else { continue }
            if deadline <= now { end(call, WireError(CallFailure.deadlineExceeded)) } else { deadlines.note(deadline) }
        }
        if unanswered > 0 { deadlines.arm(on: lane.eventLoop) { [self] in failOverdue() } }
        flushAnswers()
    }

    /// Called about once a second: a request must be whole within the time that a frame has.
    func failUnfinished() {
        for call in calls where call.isOpen && !call.isAnswered && !call.isRequestWhole {
            guard call.head.method?.shape != .bidirectional || !call.request.isEmpty else { continue }
            call.unfinishedTicks += 1
            guard TimeAmount.seconds(call.unfinishedTicks) > lane.settings.frameTimeout else { continue }
            end(call, WireError(.deadlineExceeded, "the request was not completed"))
        }
    }

    func watch(_ watch: HealthWatch, slot: Int) {
        watches[slot] = watch
        tellWatches()
    }

    func tellWatches() {
        for slot in watches.keys {
            guard let status = watches[slot]?.change(on: lane) else { continue }
            send(slot) { HealthMessages.append(status, to: &$0) }
        }
    }

    /// Streams without an end of their own would hold up a drain.
    func endStreams() {
        for call in calls where call.isOpen && !call.isAnswered {
            guard let method = call.head.method, method.shape != .unary else { continue }
            end(call, WireError(.unavailable, "the daemon is draining"))
        }
    }
}

extension GRPCHandler: AnswerSink {
    func answer(_ ticket: UInt64, _ response: CheckResponse) {
        succeed(Int(ticket)) { $0.append(response) }
    }

    func fail(_ ticket: UInt64, _ failure: CallFailure) {
        fail(Int(ticket), WireError(failure))
    }
}
