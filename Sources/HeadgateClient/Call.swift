import LimitCore
import NIOCore
import WireProtocol

/// A call on its way: what to ask, until when, and who waits.
struct Call {
    var request: Request
    var deadline: NIODeadline
    var caller: CheckedContinuation<Ending, Never>

    /// What a daemon can be asked.
    enum Request: Sendable {
        case check(CheckRequest)
        case settle(SettleRequest)
        case renew(RenewRequest)
        case report(ReportRequest)
    }

    /// The answers to these, in the same order.
    enum Answer: Sendable {
        case check(CheckResponse)
        case settle(SettleResponse)
        case renew(RenewResponse)
        case report(ReportResponse)
    }

    /// How a call ended on one connection.
    enum Ending: Sendable {
        case answered(Answer)
        /// The daemon found the arguments wrong, in its words.
        case invalid(String)
        case outage(Outage)
        /// The daemon never saw the call: another can be asked.
        case notSent(Outage)
    }
}

extension Call.Request {
    var kind: FrameKind {
        switch self {
        case .check: .check
        case .settle: .settle
        case .renew: .renew
        case .report: .report
        }
    }

    func append(to out: inout [UInt8], by encoder: MessageEncoder) throws(WireError) {
        switch self {
        case .check(let request): try encoder.append(request, to: &out)
        case .settle(let request): try encoder.append(request, to: &out)
        case .renew(let request): try encoder.append(request, to: &out)
        case .report(let request): try encoder.append(request, to: &out)
        }
    }
}

extension Call.Answer {
    /// The answer in a frame of the kind; a kind that answers nothing is INTERNAL.
    init(_ kind: UInt8, _ payload: Span<UInt8>, by decoder: MessageDecoder) throws(WireError) {
        self =
            switch FrameKind(rawValue: kind) {
            case .check: .check(try decoder.decodeCheckResponse(payload))
            case .settle: .settle(try decoder.decodeSettleResponse(payload))
            case .renew: .renew(try decoder.decodeRenewResponse(payload))
            case .report: .report(try decoder.decodeReportResponse(payload))
            default: throw WireError(.internal, "it is of kind \(kind)")
            }
    }
}
