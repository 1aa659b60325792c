import DecisionService
import LimitCore
import NIOCore
import WireProtocol

extension CompactHandler {
    /// Carries out one frame, or answers why not.
    func read(_ frame: Frame, _ payload: Span<UInt8>) {
        if frame.isResponse {
            // Only our own pings are answered; their coming is all there is to know.
            if frame.kind != FrameKind.ping.rawValue {
                leave(WireError(.invalidArgument, "a response was not asked for"))
            }
            return
        }
        guard let kind = FrameKind(rawValue: frame.kind) else {
            return refuse(frame, WireError(.unimplemented, "kind \(frame.kind) is not known"))
        }
        do throws(WireError) {
            try validate(frame, kind)
            if access.asksForToken { try authorize(kind) }
            switch kind {
            case .hello: try greet(frame, payload)
            case .check: try check(frame, payload)
            case .checkMany: try checkMany(frame, payload)
            case .ping: try echo(frame, payload)
            case .goAway: leaveWhenAnswered()
            case .settle: try settle(frame, payload)
            case .renew: try renew(frame, payload)
            case .report: try report(frame, payload)
            }
        } catch {
            refuse(frame, error)
        }
    }

    private func validate(_ frame: Frame, _ kind: FrameKind) throws(WireError) {
        if frame.flags != 0 { throw WireError(.invalidArgument, "flags has bits that are not known") }
        if frame.call == 0, kind != .goAway { throw WireError(.invalidArgument, "call id is 0") }
        if inFlight >= lane.settings.maxInFlight {
            throw WireError(.resourceExhausted, "more than \(lane.settings.maxInFlight) calls are in flight")
        }
        try lane.admitCall()
    }

    /// A greeting brings the token, and a farewell needs none.
    private func authorize(_ kind: FrameKind) throws(WireError) {
        if kind == .hello || kind == .goAway { return }
        if let refusal = access.refusal(for: kind.role, peer: context?.remoteAddress) { throw refusal }
    }

    private func refuse(_ frame: Frame, _ error: WireError) {
        Frame.appendFailure(frame.kind, call: frame.call, error, to: &out)
    }

    private func greet(_ frame: Frame, _ payload: Span<UInt8>) throws(WireError) {
        access.show(try lane.decoder.decodeHello(payload).token)
        if let refusal = access.refusal(for: nil, peer: context?.remoteAddress) { throw refusal }
        let reply = HelloReply(
            maxFrameBytes: UInt32(clamping: WireBounds.requestFrame),
            maxInFlight: UInt32(clamping: lane.settings.maxInFlight),
            server: lane.settings.agent,
            policy: lane.decisions.policyFingerprint
        )
        Frame.appendResponse(.hello, call: frame.call, to: &out) { bytes throws(WireError) in
            try lane.encoder.append(reply, to: &bytes)
        }
    }

    private func check(_ frame: Frame, _ payload: Span<UInt8>) throws(WireError) {
        _ = try lane.decoder.decodeCheck(payload, into: &lane.decisions.questions)
        opened(1)
        lane.decisions.ask(self, ticket: UInt64(frame.call), timeLeft: frame.timeLeft)
    }

    private func checkMany(_ frame: Frame, _ payload: Span<UInt8>) throws(WireError) {
        let checks = try lane.decoder.decodeCheckMany(payload, into: &lane.decisions.questions)
        opened(1)
        let call = CheckManyCall(count: checks.count, sink: self) { [self] result in
            answered()
            switch result {
            case .success(let responses):
                Frame.appendResponse(.checkMany, call: frame.call, to: &out) { $0.append(responses) }
            case .failure(let error): refuse(frame, error)
            }
        }
        lane.decisions.askMany(call, count: checks.count, timeLeft: frame.timeLeft)
    }

    private func settle(_ frame: Frame, _ payload: Span<UInt8>) throws(WireError) {
        let request = try lane.decoder.decodeSettle(payload)
        let reply = reply(to: frame) { [lane] (response: SettleResponse, out) throws(WireError) in
            try lane.encoder.append(response, to: &out)
        }
        lane.decisions.settle(request, for: self, timeLeft: frame.timeLeft, reply: reply)
    }

    private func renew(_ frame: Frame, _ payload: Span<UInt8>) throws(WireError) {
        let request = try lane.decoder.decodeRenew(payload)
        let reply = reply(to: frame) { [lane] (response: RenewResponse, out) throws(WireError) in
            try lane.encoder.append(response, to: &out)
        }
        lane.decisions.renew(request, for: self, timeLeft: frame.timeLeft, reply: reply)
    }

    private func report(_ frame: Frame, _ payload: Span<UInt8>) throws(WireError) {
        let request = try lane.decoder.decodeReport(payload)
        let reply = reply(to: frame) { [lane] (response: ReportResponse, out) throws(WireError) in
            try lane.encoder.append(response, to: &out)
        }
        lane.decisions.report(request, for: self, timeLeft: frame.timeLeft, reply: reply)
    }

    /// Opens a call, and returns what answers it.
    private func reply<Response>(
        to frame: Frame,
        _ encode: @escaping (Response, inout [UInt8]) throws(WireError) -> Void
    ) -> (Result<Response, CallFailure>) -> Void {
        opened(1)
        return { [self] result in
            answered()
            guard let kind = FrameKind(rawValue: frame.kind) else { return }
            switch result {
            case .success(let response):
                Frame.appendResponse(kind, call: frame.call, to: &out) { bytes throws(WireError) in
                    try encode(response, &bytes)
                }
            case .failure(let failure): refuse(frame, WireError(failure))
            }
        }
    }

    private func echo(_ frame: Frame, _ payload: Span<UInt8>) throws(WireError) {
        if payload.count > WireBounds.ping {
            throw WireError(.invalidArgument, "payload is longer than \(WireBounds.ping) bytes")
        }
        payload.withUnsafeBufferPointer { bytes in
            Frame.appendResponse(.ping, call: frame.call, to: &out) { $0.append(contentsOf: bytes) }
        }
    }
}

extension CompactHandler: AnswerSink {
    func answer(_ ticket: UInt64, _ response: CheckResponse) {
        answered()
        Frame.appendResponse(.check, call: UInt32(truncatingIfNeeded: ticket), to: &out) { $0.append(response) }
    }

    func fail(_ ticket: UInt64, _ failure: CallFailure) {
        answered()
        let kind = FrameKind.check.rawValue
        Frame.appendFailure(kind, call: UInt32(truncatingIfNeeded: ticket), WireError(failure), to: &out)
    }
}

extension Frame {
    /// The time left as the decision path counts it.
    fileprivate var timeLeft: Microseconds? { millisecondsLeft.map { Microseconds($0) * 1000 } }
}
