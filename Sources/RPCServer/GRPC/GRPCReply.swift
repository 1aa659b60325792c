import DecisionService
import LimitCore
import WireProtocol

/// What a method answers its call with, on the lane's own thread. A peer that has left meanwhile is no matter.
struct GRPCReply {
    let connection: GRPCHandler
    let slot: Int
    /// Until the call's deadline, in microseconds; nil where it has none.
    let timeLeft: Microseconds?

    var lane: RPCLane { connection.lane }

    /// Flushes the connection's answers after those of a batch. Of unary calls whose ticket is the slot, it takes the
    /// answers to single checks too.
    var sink: any AnswerSink { connection }

    /// Answers a unary call. What `encode` throws becomes its status.
    func succeed(_ encode: (inout [UInt8]) throws(WireError) -> Void) { connection.succeed(slot, encode) }

    /// Ends a unary call with a status.
    func fail(_ error: WireError) { connection.fail(slot, error) }

    /// Sends one message of a stream.
    func send(_ encode: (inout [UInt8]) throws(WireError) -> Void) { connection.send(slot, encode) }

    /// Ends a unary call with what the decision path gave.
    func finish<Response>(
        _ result: Result<Response, CallFailure>,
        _ encode: (Response, inout [UInt8]) throws(WireError) -> Void
    ) {
        switch result {
        case .success(let response): succeed { out throws(WireError) in try encode(response, &out) }
        case .failure(let failure): fail(WireError(failure))
        }
    }
}
